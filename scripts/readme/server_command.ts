/**
 * Which commands start a server that runs until somebody stops it.
 *
 * @module
 */

const DEFAULT_PORT = 9999;

/** `deno task serve`, `npx -y deno@2.9.6 task serve`, `deno task -q sounder serve`, `./sounder serve`, `… main.ts serve`. */
const SERVE = /(?:^|\s)(?:task\s+(?:-q\s+)?|\S*(?:sounder\S*|main\.ts|\/cli)\s+)serve(?=\s|$)/;

/** A command that starts `sounder serve` in some way. */
export interface ServerCommand {
  /** Its port; 0 is any free one. */
  port: number;
  /** It, in the foreground. */
  foreground: string;
}

/** What server a command starts; undefined where it starts none. */
export function serverCommand(text: string): ServerCommand | undefined {
  const bare = text.replace(/\s#\s.*$/, "").trimEnd();
  if (!SERVE.test(bare) || /\s(?:-h|--help|--version)\b/.test(bare)) return undefined;
  const port = /\s(?:-p|--port)[\s=]*(\d+)/.exec(bare)?.[1];
  return { port: Number(port ?? DEFAULT_PORT), foreground: bare.replace(/&$/, "") };
}
