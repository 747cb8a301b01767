import { assert, assertEquals, assertMatch } from "@std/assert";
import { type AdminedServer, openEchoed, servingWithAdmin } from "../support/admin_client.ts";
import { type OpenedPage, withChromium } from "../support/bench_fixture_page.ts";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";

const missing = notPosix() ?? await missingProgram("chromium");

/** Opens the page of a server. Nothing may be complained about, and nobody else asked. */
async function open(server: AdminedServer, use: (page: OpenedPage) => Promise<void>): Promise<void> {
  await withChromium((openPage) =>
    openPage(new URL(server.admin), async (page) => {
      await use(page);
      for (const url of page.requests) assertEquals(new URL(url).origin, server.admin);
    })
  );
}

/** Waits until an expression of the page is true. */
async function until(page: OpenedPage, expression: string): Promise<void> {
  await page.evaluate(`new Promise((done) => {
    const look = () => (${expression}) ? done(true) : setTimeout(look, 20);
    look();
  })`);
}

const textOf = (id: string) => `document.getElementById("${id}").textContent`;

testUnless(missing, "Chromium shows a server live: figures, connections, lines, in light and in dark", async () => {
  await using server = await servingWithAdmin(["--grace", "0"]);
  using conn = await openEchoed(server.port, 3000);
  await open(server, async (page) => {
    await until(page, `${textOf("open")} === "1"`);
    assertEquals(await page.evaluate(textOf("endpoints")), `127.0.0.1:${server.port} (echo)`);
    assertEquals(await page.evaluate(textOf("status")), "serving");
    assertEquals(await page.evaluate(textOf("in-note")), "2.93KiB in all");
    const cells = `Array.from(document.querySelectorAll("#rows td"), (cell) => cell.textContent)`;
    const [peer, service, state, age, received, sent] = await page.evaluate(cells) as string[];
    assertEquals([peer, service, state], [`127.0.0.1:${conn.localAddr.port}`, "echo", "serving"]);
    assertMatch(age, /^\d+s$/);
    assertEquals([received, sent], ["2.93KiB", "2.93KiB"]);
    // A line takes two answers; another connection is seen without a reload.
    using _other = await openEchoed(server.port, 1);
    await until(page, `${textOf("open")} === "2" && document.querySelectorAll("#rows tr").length === 2`);
    await until(page, `document.querySelector("#connections path").getAttribute("d").includes("L")`);
    assertMatch(
      await page.evaluate(`document.getElementById("connections").getAttribute("aria-label")`) as string,
      /^Open connections over time, now open 2$/,
    );
    const colors = `["body", "#throughput .first", "#throughput .second"].map((one) =>
      getComputedStyle(document.querySelector(one))[one === "body" ? "backgroundColor" : "stroke"])`;
    const scheme = async (value: string) => {
      await page.call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
      return await page.evaluate(colors);
    };
    assertEquals(await scheme("light"), ["rgb(244, 246, 249)", "rgb(23, 99, 209)", "rgb(210, 105, 11)"]);
    assertEquals(await scheme("dark"), ["rgb(13, 18, 24)", "rgb(90, 167, 255)", "rgb(242, 162, 92)"]);
    assertEquals(page.complaints, []);
  });
});

testUnless(missing, "Chromium: nothing stands out of a narrow page", async () => {
  await using server = await servingWithAdmin(["--grace", "0"]);
  using _conn = await openEchoed(server.port, 1);
  await open(server, async (page) => {
    await until(page, `document.querySelectorAll("#rows tr").length === 1`);
    for (const width of [1280, 360]) {
      const size = { width, height: 800, deviceScaleFactor: 1, mobile: false };
      await page.call("Emulation.setDeviceMetricsOverride", size);
      const root = "document.documentElement";
      assertEquals(await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`), 0, `at ${width}`);
    }
    assertEquals(page.complaints, []);
  });
});

testUnless(missing, "Chromium: the page says that the server stops, and since when it has not answered", async () => {
  await using server = await servingWithAdmin(["--grace", "1m"]);
  using conn = await openEchoed(server.port, 1);
  await open(server, async (page) => {
    await until(page, `${textOf("status")} === "serving"`);
    server.process.kill("SIGTERM");
    await until(page, `${textOf("status")} === "stopping: open connections are served to their end"`);
    conn.close();
    assertEquals((await server.end()).code, 0);
    await until(page, `/^no answer since \\d\\d:\\d\\d:\\d\\d$/.test(${textOf("status")})`);
    assert(await page.evaluate(`document.body.classList.contains("gone")`));
  });
});
