// The script of the page that admin_page.ts makes: asks the server each second, and draws what it answers. What a peer may
// have chosen is written as text only, never as markup.
"use strict";
(() => {
  const INTERVAL_MS = 1000;
  /** A server that does not answer for so long does not answer. */
  const PATIENCE_MS = 5000;
  /** What the charts show: a minute, and once that is full, five. */
  const SPANS = [[60_000, "1 min ago"], [300_000, "5 min ago"]];
  const KEPT_MS = SPANS.at(-1)[0];
  /** Past this between two answers, no line joins them. */
  const GAP_MS = 3 * INTERVAL_MS;
  const ROWS = 100;
  const MARGIN = { left: 72, right: 8, top: 8, bottom: 20 };
  const SIZES = [[1, "B"], [2 ** 10, "KiB"], [2 ** 20, "MiB"], [2 ** 30, "GiB"], [2 ** 40, "TiB"], [2 ** 50, "PiB"]];

  const byId = (id) => document.getElementById(id);

  function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  function bytesText(bytes) {
    const [step, name] = SIZES.findLast(([size]) => bytes >= size) ?? SIZES[0];
    const value = bytes / step;
    return (value >= 100 || step === 1 ? Math.round(value) : value.toPrecision(3)) + name;
  }

  const rateText = (bytes) => bytesText(bytes) + "/s";
  const countText = (count) => count.toLocaleString("en-US");

  function ageText(ms) {
    const seconds = Math.floor(ms / 1000);
    if (seconds < 60) return seconds + "s";
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return minutes + "m" + String(seconds % 60).padStart(2, "0") + "s";
    const hours = Math.floor(minutes / 60);
    const rest = String(minutes % 60).padStart(2, "0") + "m";
    return hours < 24 ? hours + "h" + rest : Math.floor(hours / 24) + "d" + String(hours % 24).padStart(2, "0") + "h";
  }

  // Charts: the same height of a scale stays for as long as its values fit.

  const byteScale = (most) => 2 ** Math.max(10, Math.ceil(Math.log2(Math.max(most, 1))));

  /** The next of 4, 10, 20, 40, 100 …, whose halves are whole. */
  function countScale(most) {
    for (let power = 1;; power *= 10) {
      const fit = [4, 10, 20].find((digit) => digit * power >= most);
      if (fit) return fit * power;
    }
  }

  const CHARTS = [
    { id: "throughput", lines: { first: "in", second: "out" }, scale: byteScale, text: rateText, name: "Throughput" },
    { id: "connections", lines: { first: "open" }, scale: countScale, text: countText, name: "Open connections" },
  ];

  /** What was answered in the last five minutes: { at, open, in, out }, at by this page's own clock. */
  const history = [];

  function svg(name, attributes, text) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function pathOf(member, x, y) {
    let before = -Infinity;
    return history.filter((one) => one[member] !== undefined).map((one) => {
      const joined = one.at - before <= GAP_MS;
      before = one.at;
      return `${joined ? "L" : "M"}${x(one.at).toFixed(1)} ${y(one[member]).toFixed(1)}`;
    }).join("");
  }

  function draw({ id, lines, scale, text, name }) {
    const node = byId(id);
    const { clientWidth: width, clientHeight: height } = node;
    const members = Object.entries(lines);
    const most = scale(Math.max(0, ...history.flatMap((one) => members.map(([, member]) => one[member] ?? 0))));
    const end = performance.now();
    const [span, begin] = SPANS.find(([ms]) => end - (history[0]?.at ?? end) <= ms) ?? SPANS.at(-1);
    const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
    const x = (at) => right - (end - at) / span * (right - MARGIN.left);
    const y = (value) => bottom - value / most * (bottom - MARGIN.top);
    const parts = [0, most / 2, most].flatMap((tick) => [
      svg("line", { x1: MARGIN.left, x2: right, y1: y(tick), y2: y(tick) }),
      svg("text", { x: MARGIN.left - 8, y: y(tick) + 4, "text-anchor": "end" }, text(tick).replace(/\.0+(?=\D)/, "")),
    ]);
    parts.push(svg("text", { x: MARGIN.left, y: height - 4 }, begin));
    parts.push(svg("text", { x: right, y: height - 4, "text-anchor": "end" }, "now"));
    for (const [line, member] of members) parts.push(svg("path", { class: line, d: pathOf(member, x, y) }));
    node.replaceChildren(...parts);
    const last = history.at(-1);
    const values = members.map(([line, member]) => {
      const value = last?.[member] === undefined ? "–" : text(last[member]);
      const key = byId(id + "-" + line);
      setText(key, value);
      return `${key.parentNode.firstChild.textContent.trim()} ${value}`;
    });
    node.setAttribute("aria-label", `${name} over time, now ${values.join(", ")}`);
  }

  const drawAll = () => CHARTS.forEach(draw);

  // Answers.

  let before;

  /** Adds what was answered to the history: rates by the server's own clock, so that a late answer bends nothing. */
  function record({ uptimeMs, startedAt, open, bytesIn, bytesOut }) {
    const point = { at: performance.now(), open };
    const ms = uptimeMs - (before?.uptimeMs ?? 0);
    // Another start is another server: its counters began anew.
    if (before?.startedAt === startedAt && ms > 0) {
      point.in = (bytesIn - before.bytesIn) / ms * 1000;
      point.out = (bytesOut - before.bytesOut) / ms * 1000;
    }
    before = { uptimeMs, startedAt, bytesIn, bytesOut };
    history.push(point);
    while (history[0].at < point.at - KEPT_MS) history.shift();
    return point;
  }

  function showStats(stats) {
    const point = record(stats);
    const { endpoints, stopping, version, uptimeMs, open, total, refused, refusedBy, errors, bytesIn, bytesOut } =
      stats;
    const addresses = endpoints.map(({ address, port, service, tls }) =>
      `${address.includes(":") ? `[${address}]` : address}:${port} (${service}${tls ? "+tls" : ""})`
    );
    setText(byId("endpoints"), addresses.join(", "));
    document.title = `${countText(open)} open · Sounder ${addresses[0] ?? ""}`;
    setText(byId("uptime"), `· version ${version} · up ${ageText(uptimeMs)}`);
    setText(byId("open"), countText(open));
    setText(byId("open-note"), `${countText(total)} served`);
    setText(byId("in"), point.in === undefined ? "–" : rateText(point.in));
    setText(byId("in-note"), `${bytesText(bytesIn)} in all`);
    setText(byId("out"), point.out === undefined ? "–" : rateText(point.out));
    setText(byId("out-note"), `${bytesText(bytesOut)} in all`);
    setText(byId("refused"), countText(refused));
    const reasons = Object.entries(refusedBy).filter(([, count]) => count > 0);
    setText(byId("refused-note"), reasons.map(([reason, count]) => `${reason} ${countText(count)}`).join(", "));
    setText(byId("errors"), countText(errors));
    showStatus(stopping ? "stopping: open connections are served to their end" : "serving", stopping ? "bad" : "good");
  }

  function showStatus(text, kind) {
    const status = byId("status");
    setText(status, text);
    status.className = kind;
    document.body.classList.toggle("gone", kind === "bad gone");
  }

  /** The row of each connection, so that what is selected stays so. */
  let rows = new Map();

  function rowOf(connection) {
    const { id, peer, service, tls, state, ageMs, bytesIn, bytesOut } = connection;
    const row = rows.get(id) ?? document.createElement("tr");
    const texts = [
      peer,
      tls ? `${service} (TLS ${tls})` : service,
      state,
      ageText(ageMs),
      bytesText(bytesIn),
      bytesText(bytesOut),
      rateText(connection.bytesInPerSecond),
      rateText(connection.bytesOutPerSecond),
    ];
    while (row.children.length < texts.length) row.append(document.createElement("td"));
    texts.forEach((text, at) => setText(row.children[at], text));
    row.className = state === "finishing" ? "finishing" : "";
    return [id, row];
  }

  function showConnections({ connections, total }) {
    rows = new Map(connections.map(rowOf));
    byId("rows").replaceChildren(...rows.values());
    setText(
      byId("shown"),
      total === 0
        ? "No connection is open."
        : `${countText(connections.length)} of ${countText(total)}, the busiest first.`,
    );
  }

  async function ask(path) {
    const response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return await response.json();
  }

  let answeredAt = new Date();

  async function refresh() {
    try {
      const [stats, connections] = await Promise.all([ask("/stats"), ask(`/connections?sort=rate&limit=${ROWS}`)]);
      answeredAt = new Date();
      showStats(stats);
      showConnections(connections);
    } catch {
      // Whatever it was, it is asked again, and the page says since when there has been nothing.
      showStatus(`no answer since ${answeredAt.toLocaleTimeString("en-GB")}`, "bad gone");
    }
    drawAll();
    setTimeout(refresh, INTERVAL_MS);
  }

  const resized = new ResizeObserver(drawAll);
  for (const { id } of CHARTS) resized.observe(byId(id));
  void refresh();
})();
