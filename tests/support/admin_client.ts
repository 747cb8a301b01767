import { spawnCli } from "./cli.ts";
import { watch, type WatchedProcess } from "./interop_process.ts";

/** A `sounder serve --admin` that is ready. */
export interface AdminedServer extends WatchedProcess {
  /** The port of its service. */
  port: number;
  /** Where its admin server is. */
  admin: string;
}

/** Starts `sounder serve` with an admin server, on a free port unless told, and waits until both are ready. */
export async function servingWithAdmin(args: string[] = [], permissions?: string[]): Promise<AdminedServer> {
  const process = spawnCli(["serve", "--port", "0", "--admin", ":0", ...args], { permissions });
  await process.stdin.close();
  const server = watch(process);
  const [, port] = await server.until("stderr", /started \w+ on 127\.0\.0\.1:(\d+)/);
  const [, admin] = await server.until("stderr", /admin on (http:\S+)\//);
  await server.until("stdout", /listening/i);
  return Object.assign(server, { port: Number(port), admin });
}

/** What a URL answers, as JSON. */
export async function getJson(url: string) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return await response.json();
}

/** Connects, and has some bytes echoed, so that the server is serving the connection. */
export async function openEchoed(port: number, bytes: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new Uint8Array(bytes));
  for (let left = bytes; left > 0;) left -= await conn.read(new Uint8Array(left)) ?? left;
  return conn;
}
