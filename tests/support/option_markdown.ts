/**
 * The option table as the README shows it.
 *
 * @module
 */
import { hasOption, type OptionName, OPTIONS, type OptionSpec } from "../../lib/cli/option_table.ts";
import { placeholder } from "../../lib/cli/parse_command_line.ts";

/** The markdown table of the options that are wanted. */
export function optionMarkdown(wanted: "common" | "serve" | "send"): string {
  const names = (Object.keys(OPTIONS) as OptionName[]).filter((name) =>
    hasOption(undefined, name) ? wanted === "common" : wanted !== "common" && hasOption(wanted, name)
  );
  const rows = names.map((name) => {
    const spec: OptionSpec = OPTIONS[name];
    const forms = [...(spec.short ? [`-${spec.short}`] : []), `--${name} ${placeholder(spec)}`.trimEnd()];
    const cells = [forms.map((form) => `\`${form}\``).join(", "), spec.default ?? "", spec.help];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return ["| Option | Default | What it does |", "| --- | --- | --- |", ...rows].join("\n");
}
