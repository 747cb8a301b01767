/**
 * The option table as the README shows it.
 *
 * @module
 */
import { hasOption, isSocketOption, type OptionName, OPTIONS, optionSpec } from "../../lib/cli/option_table.ts";
import { FAULT_FORMS } from "../../lib/echo/fault_forms.ts";
import { MOMENT_WORDS } from "../../lib/socket/moment_words.ts";
import type { SocketOptionRow } from "../../lib/socket/option_row.ts";
import { SOCKET_OPTION_ROWS } from "../../lib/socket/options.ts";
import { placeholder } from "../../lib/cli/parse_command_line.ts";

/** The markdown table of the options that are wanted. */
export function optionMarkdown(wanted: "common" | "serve" | "send" | "ping" | "bench" | "compare" | "merge"): string {
  const names = (Object.keys(OPTIONS) as OptionName[]).filter((name) =>
    hasOption(undefined, name)
      ? wanted === "common"
      : wanted !== "common" && hasOption(wanted, name) && !isSocketOption(name)
  );
  const rows = names.map((name) => {
    const spec = optionSpec(name, wanted === "common" ? undefined : wanted);
    const forms = [...(spec.short ? [`-${spec.short}`] : []), `--${name} ${placeholder(spec)}`.trimEnd()];
    const cells = [forms.map((form) => `\`${form}\``).join(", "), spec.default ?? "", spec.help];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return ["| Option | Default | What it does |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The markdown table of the faults. */
export function faultMarkdown(): string {
  const rows = Object.values(FAULT_FORMS).map(({ syntax, does, example }) =>
    `| \`${syntax.replaceAll("|", "\\|")}\` | ${does} | \`${example}\` |`
  );
  return ["| Fault | What happens | Such as |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The markdown table of the socket options. */
export function socketOptionMarkdown(): string {
  const rows = SOCKET_OPTION_ROWS.map((row) => {
    const flags = row.flags.map(({ name, placeholder }) => `\`${`--${name} ${placeholder ?? ""}`.trimEnd()}\``);
    const words = (moment: SocketOptionRow["server" | "client"]) => moment ? MOMENT_WORDS[moment] : "";
    const what = row.flags.map(({ help }) => help ?? row.summary).join("; ");
    return [flags.join(", "), `\`${row.name}\``, words(row.server), words(row.client), needs(row), what, row.manual];
  });
  const { help } = OPTIONS.sockopt;
  const raw = [
    "`--sockopt LEVEL:NAME=INT`",
    "`raw`",
    "on the listener, inherited or not",
    "before the SYN",
    "FFI",
    help,
    "",
  ];
  return [
    "| Option | In the library | Set by serve | Set by send | Needs | What it does | Manual |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...[...rows, raw].map((cells) => `| ${cells.join(" | ")} |`),
  ].join("\n");
}

/** What an option needs beside Deno. */
function needs({ builtIn, privilege, constants }: SocketOptionRow): string {
  const isArgument = constants.linux?.any[2] === "backlog"; // of listen(2): TCP_INFO only reads it back
  const isLinuxOnly = !isArgument && constants.linux && !constants.darwin && !constants.windows;
  // Since Linux 5.7 anybody may bind a socket that is bound to no device yet.
  const right = privilege === "CAP_NET_RAW" ? "CAP_NET_RAW before Linux 5.7" : privilege;
  const all = [builtIn ? undefined : "FFI", right, isLinuxOnly ? "Linux" : undefined];
  return all.filter((need) => need !== undefined).join(", ");
}
