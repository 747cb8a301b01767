/**
 * Opens a file in headless Chromium and says what a reader would meet: drawn canvases, errors, requests. Chromium is driven
 * over its DevTools protocol, on a loopback port of its own choice.
 *
 * @module
 */

/** What came of a page. */
export interface OpenedPage {
  /** Value of an expression in the page, as JSON has it. */
  evaluate(expression: string): Promise<unknown>;
  /** Calls a method of the DevTools protocol on the page. */
  call(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Errors and warnings of the console so far, and exceptions. */
  readonly complaints: readonly string[];
  /** URLs that were asked for so far, `data:` left out. */
  readonly requests: readonly string[];
}

/** Opens the page at a URL in a tab of its own, waits until it is loaded, and hands it to `use`. */
export type OpenPage = (url: URL, use: (page: OpenedPage) => Promise<void>, options?: OpenOptions) => Promise<void>;

/** How a page is opened. */
export interface OpenOptions {
  /** Whether the page's scripts run; true by default. */
  scripts?: boolean;
}

type Message = { id?: number; method?: string; params?: Record<string, unknown>; result?: Record<string, unknown> };

/** Milliseconds after which a browser that does not answer is killed, so that a test fails and does not hang. */
const TIME_LIMIT = 60_000;

/** Starts Chromium, hands out what opens pages in it, and ends it. */
export async function withChromium(use: (open: OpenPage) => Promise<void>): Promise<void> {
  const profile = await Deno.makeTempDir({ prefix: "sounder_chromium_" });
  const browser = new Deno.Command("chromium", {
    // As root, and in containers, Chromium has no sandbox; what it opens here is ours.
    args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0"]
      .concat("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
      .concat(`--user-data-dir=${profile}`, "about:blank"),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => browser.kill("SIGKILL"), TIME_LIMIT);
  try {
    const { address, rest } = await debuggingAddress(browser.stderr);
    try {
      await use((url, use, { scripts = true } = {}) => openPage(address, url, scripts, use));
    } finally {
      browser.kill("SIGTERM");
      await rest;
    }
  } finally {
    await browser.status;
    clearTimeout(timer);
    await Deno.remove(profile, { recursive: true });
  }
}

/** The WebSocket that Chromium names on stderr; `rest` ends when the rest of that was read. */
async function debuggingAddress(stderr: ReadableStream<Uint8Array>): Promise<{ address: string; rest: Promise<void> }> {
  const reader = stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`Chromium ended before it listened: ${text}`);
    text += value;
    const address = /DevTools listening on (ws:\S+)\s/.exec(text)?.[1];
    if (address) return { address, rest: drain(reader) };
  }
}

async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}

async function openPage(address: string, url: URL, scripts: boolean, use: (page: OpenedPage) => Promise<void>) {
  const socket = new WebSocket(address);
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve, { once: true }));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true });
    socket.addEventListener("error", () => reject(new Error(`cannot connect to ${address}`)), { once: true });
  });
  try {
    const protocol = new Protocol(socket);
    const { targetId } = await protocol.call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await protocol.call("Target.attachToTarget", { targetId, flatten: true });
    const call = (method: string, params = {}) => protocol.call(method, params, sessionId as string);
    for (const domain of ["Network", "Log", "Runtime", "Page"]) await call(`${domain}.enable`);
    await call("Emulation.setScriptExecutionDisabled", { value: !scripts });
    const loaded = protocol.once("Page.loadEventFired");
    await call("Page.navigate", { url: url.href });
    await loaded;
    const evaluate = async (expression: string) => {
      const { result } = await call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
      return (result as { value: unknown }).value;
    };
    await use({ call, evaluate, complaints: protocol.complaints, requests: protocol.requests });
    await protocol.call("Target.closeTarget", { targetId });
  } finally {
    socket.close();
    await closed;
  }
}

/** Calls and events of the DevTools protocol. */
class Protocol {
  readonly complaints: string[] = [];
  readonly requests: string[] = [];
  readonly #socket: WebSocket;
  readonly #calls = new Map<
    number,
    { resolve: (result: Record<string, unknown>) => void; reject: (error: Error) => void }
  >();
  readonly #waiting = new Map<string, () => void>();
  #last = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(data)));
    socket.addEventListener("close", () => {
      for (const { reject } of this.#calls.values()) reject(new Error("Chromium went away"));
    });
  }

  call(method: string, params: unknown, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
    this.#calls.set(id, { resolve, reject });
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return promise;
  }

  once(method: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(method, resolve);
    return promise;
  }

  #take({ id, method, params = {}, result, ...rest }: Message): void {
    if (id !== undefined) {
      const waiting = this.#calls.get(id);
      this.#calls.delete(id);
      if (result) waiting?.resolve(result);
      else waiting?.reject(new Error(`Chromium refuses: ${JSON.stringify(rest)}`));
      return;
    }
    this.#waiting.get(method!)?.();
    if (method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(params.exceptionDetails));
    if (method === "Runtime.consoleAPICalled") this.complaints.push(JSON.stringify(params.args));
    if (method === "Log.entryAdded") this.complaints.push((params.entry as { text: string }).text);
    if (method === "Network.requestWillBeSent") {
      const { url } = params.request as { url: string };
      if (!url.startsWith("data:")) this.requests.push(url);
    }
  }
}
