// The script of the page that peers_page.ts makes: draws the curves that stand in script#charts over a logarithmic number of
// connections.
"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const HEIGHT = 300;
  const PRINT_WIDTH = 660;
  const THOUSANDS = [[1, ""], [1e3, "k"], [1e6, "M"]];
  const SIZES = [[1, "B"], [2 ** 10, "KiB"], [2 ** 20, "MiB"], [2 ** 30, "GiB"]];

  /** A value in the largest unit of which it is at least one, with at most three digits. */
  function scaled(value, units) {
    const [step, name] = units.findLast(([size]) => value >= size) ?? units[0];
    return Number((value / step).toPrecision(3)) + name;
  }

  const FORMATS = {
    perSecond: (value) => scaled(value, THOUSANDS),
    bytes: (value) => scaled(value, SIZES),
  };

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  }

  /** Ticks of a logarithmic axis: the powers of a number. */
  function powersOf(base) {
    return (_plot, _axis, min, max) => {
      const ticks = [];
      for (let tick = base ** Math.ceil(Math.log(min) / Math.log(base) - 1e-9); tick <= max; tick *= base) {
        ticks.push(Math.round(tick));
      }
      return ticks;
    };
  }

  /** Scale and axis of what is measured: memory by powers of 4, as it grows from one MiB to a thousand; a rate from 0 up. */
  function vertical(unit) {
    const axis = { values: (_plot, ticks) => ticks.map(FORMATS[unit]), size: 76 };
    if (unit !== "bytes") return { axis, scale: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } };
    Object.assign(axis, { splits: powersOf(4), filter: (_plot, ticks) => ticks });
    return { axis, scale: { distr: 3, range: (_plot, min, max) => [(min ?? 1) / 2, (max ?? 1) * 2] } };
  }

  /** What the legend says: nothing until the mouse is somewhere. */
  function legendValue(format) {
    return (_plot, value, _series, index) =>
      index === null || index === undefined ? "" : value === null ? "–" : format(value);
  }

  function optionsOf(chart, width) {
    const y = vertical(chart.yUnit);
    const look = {
      stroke: color("muted"),
      font: "12px system-ui, sans-serif",
      grid: { stroke: color("line"), width: 1 },
      ticks: { stroke: color("line"), width: 1 },
    };
    const x = { splits: powersOf(10), filter: (_plot, ticks) => ticks, size: 40 };
    return {
      width,
      height: HEIGHT,
      padding: [12, 16, 0, 0],
      scales: { x: { time: false, distr: 3, range: (_plot, min, max) => [min * 0.8, max * 1.25] }, y: y.scale },
      axes: [
        { ...x, ...look, values: (_plot, ticks) => ticks.map(FORMATS.perSecond) },
        { ...y.axis, ...look },
      ],
      series: [
        { label: "connections", value: legendValue((count) => count.toLocaleString("en")) },
        ...chart.series.map(({ label, color: name }) => ({
          label,
          stroke: color("chart-" + name),
          width: 2,
          points: { show: true, size: 7, fill: color("card") },
          value: legendValue(FORMATS[chart.yUnit]),
        })),
      ],
      // The two curves share their cursor.
      cursor: { sync: { key: "connections" }, points: { size: 9 } },
    };
  }

  /** Draws every chart anew: colours are read when a chart is made. */
  let plots = [];
  function draw(width) {
    for (const { plot } of plots) plot.destroy();
    plots = charts.map((chart) => {
      const element = document.getElementById("chart-" + chart.id);
      const data = [chart.x, ...chart.series.map(({ values }) => values)];
      return { element, plot: new uPlot(optionsOf(chart, width ?? element.clientWidth), data, element) };
    });
    document.documentElement.dataset.charts = String(plots.length);
  }

  draw();
  const resized = new ResizeObserver(() => {
    for (const { element, plot } of plots) {
      if (plot.width !== element.clientWidth) plot.setSize({ width: element.clientWidth, height: HEIGHT });
    }
  });
  for (const { element } of plots) resized.observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
  // Paper is white, and as wide as it is.
  addEventListener("beforeprint", () => {
    resized.disconnect();
    document.documentElement.classList.add("paper");
    draw(PRINT_WIDTH);
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("paper");
    draw();
    for (const { element } of plots) resized.observe(element);
  });
})();
