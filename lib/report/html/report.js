// The script of the page that html_report.ts makes: draws the charts that stand in script#charts, as many as there are.
"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const PRINT_WIDTH = 660;
  const LABEL_WIDTH = 44;
  const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
  const TIMES = [[1e-6, "ns"], [1e-3, "µs"], [1, "ms"], [1000, "s"]];
  const THOUSANDS = [[1, ""], [1e3, "k"], [1e6, "M"], [1e9, "G"]];
  const SIZES = [[1, "B"], [2 ** 10, "KiB"], [2 ** 20, "MiB"], [2 ** 30, "GiB"], [2 ** 40, "TiB"]];

  /** A value in the largest unit of which it is at least one, with at most three digits. */
  function scaled(value, units) {
    const [step, name] = units.findLast(([size]) => value >= size) ?? units[0];
    return Number((value / step).toPrecision(3)) + name;
  }

  const FORMATS = {
    ms: (value) => value === 0 ? "0s" : scaled(value, TIMES),
    perSecond: (value) => scaled(value, THOUSANDS),
    bytesPerSecond: (value) => scaled(value, SIZES) + "/s",
    seconds: (value) => Number(value.toFixed(3)) + "s",
    // 1000 samples to one beyond: the percentile 99.9.
    beyond: (value) => Number((100 - 100 / value).toFixed(5)) + "%",
  };

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  }

  const DIGITS = [[1], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9], Array.from({ length: 90 }, (_, at) => 1 + at / 10)];

  /** Ticks of a logarithmic axis: of each power of ten as many parts as there is room for. */
  function logTicks(_plot, _axis, min, max) {
    const ticks = DIGITS.map((digits) => {
      const found = [];
      for (let power = Math.floor(Math.log10(min)); 10 ** power <= max; power++) {
        for (const digit of digits) found.push(Number((digit * 10 ** power).toPrecision(2)));
      }
      return found.filter((tick) => tick >= min && tick <= max);
    });
    return ticks.findLast(({ length }) => length <= 9) ?? ticks[0];
  }

  /** Ticks of the axis of percentiles: 0, 50, 90, 99, 99.9 …, without those that would touch the one before. */
  function percentileTicks(plot, _axis, min, max) {
    const ticks = [1, 2];
    for (let beyond = 10; beyond <= max; beyond *= 10) ticks.push(beyond);
    const near = Math.pow(max / min, LABEL_WIDTH / plot.width);
    let last = 0;
    return ticks.filter((tick) => tick >= min && tick <= max && tick >= last * near && (last = tick));
  }

  /** Scale and axis of what is measured. */
  function vertical(unit) {
    const log = unit === "ms";
    const axis = { values: (_plot, ticks) => ticks.map(FORMATS[unit]), size: 76 };
    if (log) Object.assign(axis, { splits: logTicks, filter: (_plot, ticks) => ticks });
    if (unit === "bytesPerSecond") axis.incrs = Array.from({ length: 50 }, (_, power) => 2 ** power);
    return {
      axis,
      scale: {
        distr: log ? 3 : 1,
        range: (_plot, min, max) => log ? [(min ?? 1) * 0.8, (max ?? 1) * 1.25] : [0, max > 0 ? max * 1.1 : 1],
      },
    };
  }

  function horizontal(unit) {
    const log = unit === "beyond";
    const axis = { values: (_plot, ticks) => ticks.map(FORMATS[unit]), size: 40 };
    if (log) Object.assign(axis, { splits: percentileTicks, filter: (_plot, ticks) => ticks });
    else axis.incrs = SECONDS;
    return { axis, scale: { time: false, distr: log ? 3 : 1, range: (_plot, min, max) => [min, max] } };
  }

  /** What the legend says: nothing until the mouse is somewhere. */
  function legendValue(format) {
    return (_plot, value, _series, index) =>
      index === null || index === undefined ? "" : value === null ? "–" : format(value);
  }

  function lineOf({ label, color: name }, { xUnit, yUnit }, filled) {
    const stroke = color("chart-" + name);
    return {
      label,
      stroke,
      width: 2,
      fill: filled && yUnit !== "ms" ? stroke + "22" : undefined,
      points: { show: false },
      paths: xUnit === "seconds" ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
      value: legendValue(FORMATS[yUnit]),
    };
  }

  /** The chart of percentiles stands beside a table that is higher than the others. */
  function heightOf({ xUnit }) {
    return xUnit === "beyond" ? 380 : 280;
  }

  function optionsOf(chart, width) {
    const x = horizontal(chart.xUnit);
    const y = vertical(chart.yUnit);
    const look = {
      stroke: color("muted"),
      font: "12px system-ui, sans-serif",
      grid: { stroke: color("line"), width: 1 },
      ticks: { stroke: color("line"), width: 1 },
    };
    return {
      width,
      height: heightOf(chart),
      padding: [12, 16, 0, 0],
      scales: { x: x.scale, y: y.scale },
      axes: [{ ...x.axis, ...look }, { ...y.axis, ...look }],
      series: [
        {
          label: chart.xUnit === "beyond" ? "percentile" : "second",
          value: legendValue(FORMATS[chart.xUnit]),
        },
        ...chart.series.map((series, at) => lineOf(series, chart, at === 0)),
      ],
      // The charts over time share their cursor.
      cursor: { sync: { key: chart.xUnit }, points: { size: 7 } },
    };
  }

  /** Draws every chart anew: colours are read when a chart is made. */
  let plots = [];
  function draw(width) {
    for (const { plot } of plots) plot.destroy();
    plots = charts.map((chart) => {
      const element = document.getElementById("chart-" + chart.id);
      const data = [chart.x, ...chart.series.map(({ values }) => values)];
      return { chart, element, plot: new uPlot(optionsOf(chart, width ?? element.clientWidth), data, element) };
    });
    document.documentElement.dataset.charts = String(plots.length);
  }

  function fit() {
    for (const { chart, element, plot } of plots) {
      const width = element.clientWidth;
      if (plot.width !== width) plot.setSize({ width, height: heightOf(chart) });
    }
  }

  draw();
  const resized = new ResizeObserver(fit);
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
