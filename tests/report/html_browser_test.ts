import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { BenchResult } from "../../lib/measure/bench_result.ts";
import { htmlReport } from "../../lib/report/html_report.ts";
import { benchFixture, refusedFixture, streamFixture } from "../support/bench_fixture.ts";
import { type OpenedPage, type OpenOptions, type OpenPage, withChromium } from "../support/bench_fixture_page.ts";
import { missingProgram, testUnless } from "../support/needs.ts";

const missing = await missingProgram("chromium");

/** Colours in the plotting area of each canvas, apart from what is transparent: of lines, of their fill, of the grid. */
const COLORS = `Array.from(document.querySelectorAll("canvas"), (canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colors = new Map();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] !== 255) continue;
    const color = "#" + Array.from(data.slice(at, at + 3), (byte) => byte.toString(16).padStart(2, "0")).join("");
    colors.set(color, (colors.get(color) ?? 0) + 1);
  }
  return Object.fromEntries([...colors].filter(([, count]) => count > 50));
})`;

/** The next frame: what was asked for is drawn by then. */
const FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";

type Use = (page: OpenedPage) => Promise<void>;

/** Opens the page of a result from a file, in a browser of its own. */
function open(result: BenchResult, use: Use, options?: OpenOptions): Promise<void> {
  return withChromium((openPage) => openIn(openPage, result, use, options));
}

/** Nothing may be complained about, and nothing asked for but the page. */
async function openIn(openPage: OpenPage, result: BenchResult, use: Use, options?: OpenOptions): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "sounder_report_", suffix: ".html" });
  try {
    await Deno.writeTextFile(path, await htmlReport(result));
    const url = new URL(`file://${path}`);
    await openPage(url, async (page) => {
      await use(page);
      assertEquals(page.complaints, []);
      assertEquals(page.requests, [url.href]);
    }, options);
  } finally {
    await Deno.remove(path);
  }
}

async function colorsOf(page: OpenedPage): Promise<Record<string, number>[]> {
  return await page.evaluate(COLORS) as Record<string, number>[];
}

async function scheme(page: OpenedPage, value: "light" | "dark"): Promise<void> {
  await page.call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
  await page.evaluate(FRAME);
}

testUnless(missing, "Chromium draws every line of every chart, in light and in dark", async () => {
  await open(await benchFixture({ open: true, seconds: 4 }), async (page) => {
    await scheme(page, "light");
    const [percentiles, throughput, latency, ...more] = await colorsOf(page);
    assertEquals(more, []);
    assert(percentiles["#1763d1"] && percentiles["#d2690b"], JSON.stringify(percentiles));
    assert(throughput["#1763d1"], JSON.stringify(throughput));
    for (const color of ["#1763d1", "#d2690b", "#8250df"]) {
      assert(latency[color], `${color} ${JSON.stringify(latency)}`);
    }
    await scheme(page, "dark");
    for (const colors of await colorsOf(page)) {
      assert(colors["#5aa7ff"] && !colors["#1763d1"], `dark: ${JSON.stringify(colors)}`);
    }
  });
});

testUnless(missing, "Chromium: charts follow the width, and nothing stands out of a narrow page", async () => {
  await open(await benchFixture({ open: true, behind: true }), async (page) => {
    for (const width of [1280, 360]) {
      await page.call("Emulation.setDeviceMetricsOverride", {
        width,
        height: 800,
        deviceScaleFactor: 1,
        mobile: false,
      });
      await page.evaluate(FRAME);
      const root = "document.documentElement";
      assertEquals(await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`), 0, `at ${width}`);
      const widths = await page.evaluate(
        `Array.from(document.querySelectorAll(".chart"), (one) => one.clientWidth - one.querySelector("canvas").clientWidth)`,
      );
      assertEquals(widths, [0, 0, 0]);
    }
  });
});

testUnless(missing, "Chromium prints dark pages in light colours, and goes back", async () => {
  await open(await benchFixture({ seconds: 2 }), async (page) => {
    await scheme(page, "dark");
    await page.evaluate(`dispatchEvent(new Event("beforeprint")); ${FRAME}`);
    for (const colors of await colorsOf(page)) assert(colors["#1763d1"], `print: ${JSON.stringify(colors)}`);
    await page.evaluate(`dispatchEvent(new Event("afterprint")); ${FRAME}`);
    for (const colors of await colorsOf(page)) assert(colors["#5aa7ff"], `after: ${JSON.stringify(colors)}`);
  });
});

const COUNTS: [string, () => Promise<BenchResult>, number][] = [
  ["one second", () => benchFixture({ seconds: 1 }), 3],
  ["one request", () => benchFixture({ seconds: 1, perSecond: 1 }), 3],
  ["no request", () => benchFixture({ perSecond: 0 }), 1],
  ["a stream", () => streamFixture(), 1],
  ["ten minutes", () => benchFixture({ seconds: 600, perSecond: 20 }), 3],
  ["refused", refusedFixture, 0],
];

testUnless(missing, "Chromium draws as many charts as a result has figures for", async () => {
  await withChromium(async (openPage) => {
    for (const [name, make, count] of COUNTS) {
      await openIn(openPage, await make(), async (page) => {
        const colors = await colorsOf(page);
        assertEquals(colors.length, count, name);
        assertEquals(await page.evaluate("document.documentElement.dataset.charts"), String(count), name);
        for (const one of colors) assert(Object.keys(one).length > 0, `${name}: nothing is drawn`);
      });
    }
  });
});

testUnless(missing, "Chromium without scripts shows the figures, and says what the charts need", async () => {
  await open(await benchFixture({ seconds: 2 }), async (page) => {
    const text = await page.evaluate("document.body.innerText") as string;
    assertStringIncludes(text, "Requests/s\n2.04k");
    assertStringIncludes(text, "The chart needs JavaScript.");
    assertEquals(await page.evaluate(`document.querySelectorAll("canvas").length`), 0);
  }, { scripts: false });
});

testUnless(missing, "Chromium runs no script that a result brings along", async () => {
  const example = "</script><script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">";
  await open(await benchFixture({ seconds: 1, errors: [{ kind: "failed", count: 1, example }] }), async (page) => {
    assertEquals(await page.evaluate("document.title"), "Sounder bench of 127.0.0.1:9999");
    const shown = await page.evaluate(`document.querySelector("td.words").textContent`);
    assertEquals(shown, example);
    const json = await page.evaluate(`JSON.parse(document.getElementById("result").textContent).errors[0].example`);
    assertEquals(json, example);
  });
});
