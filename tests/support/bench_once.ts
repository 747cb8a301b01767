/**
 * For `deno bench --preload`: each file's micro-benchmarks run as one, which calls each of them once. A budget of time for each,
 * as Deno gives it, would make that half a minute.
 *
 * @module
 */

const bench = Deno.bench;
const definitions: Deno.BenchDefinition[] = [];
const untimed = { start() {}, end() {} };

/** What is wrong with the groups: a benchmark that stands alone compares nothing, nor does a group without a baseline. */
function* flaws(): Generator<string> {
  for (const { name, group } of definitions) if (!group) yield `${name} has no group`;
  for (const [group, members] of Map.groupBy(definitions, ({ group }) => group)) {
    const baselines = members.filter(({ baseline }) => baseline);
    if (members.length < 2 || baselines.length !== 1) {
      yield `group ${group} has ${members.length} members, and ${baselines.length} baselines`;
    }
  }
}

async function callEach(): Promise<void> {
  const found = [...flaws()];
  if (found.length > 0) throw new Error(found.join("; "));
  for (const { name, fn } of definitions) await fn({ ...untimed, name, origin: import.meta.url });
}

Object.defineProperty(Deno, "bench", {
  value(definition: Deno.BenchDefinition) {
    definitions.push(definition);
    if (definitions.length === 1) bench({ name: "each once", n: 1, warmup: 1, fn: callEach });
  },
});
