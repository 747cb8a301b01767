import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "npm:ajv@8.17.1/dist/2020.js";
import { BENCH_ERROR_KINDS } from "../../lib/measure/bench_result.ts";
import { PERCENTILES } from "../../lib/measure/distribution.ts";
import schema from "../../lib/measure/result_schema.json" with { type: "json" };
import { type Schema, schemaError } from "../../lib/measure/schema_error.ts";
import { COMPARISON, fullBench, fullPing, PING_SAMPLE, TCP_INFO } from "../support/result_fixtures.ts";

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
ajv.addSchema(schema, "results");
const DEFS = schema.$defs as Record<string, Schema & { additionalProperties?: boolean }>;

/** What ajv finds wrong with a value. */
function faults(value: unknown, name = ""): string[] {
  const validate = ajv.getSchema(`results${name && `#/$defs/${name}`}`)!;
  return validate(value) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** A deep copy as JSON has it. */
function copyOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

// deno-lint-ignore no-explicit-any
type Members = any;

/** Every place in a value where members stand. */
function* places(value: Members): Generator<Members> {
  if (typeof value !== "object" || value === null) return;
  yield value;
  for (const member of Object.values(value)) yield* places(member);
}

/** Every object of a schema. */
function* objectsOf(schema: Members): Generator<Members> {
  for (const place of places(schema)) if (place.type === "object") yield place;
}

Deno.test("result_schema.json: members are named once, required and nothing else allowed", () => {
  for (const object of objectsOf(schema)) {
    const { description, properties, required, additionalProperties } = object;
    assertEquals(required, properties === DEFS.TcpInfo.properties ? ["state"] : Object.keys(properties), description);
    assertEquals(additionalProperties, false, description);
    const undescribed = Object.entries(properties).filter(([, member]) =>
      !("description" in (member as Schema)) && !("$ref" in (member as Schema))
    );
    assertEquals(undescribed, []);
  }
});

Deno.test("result_schema.json holds for results with every member, and with none that may be null", async () => {
  assertEquals(faults(copyOf(await fullBench())), []);
  assertEquals(faults(copyOf(await fullPing())), []);
  assertEquals(faults(copyOf(COMPARISON)), []);
  assertEquals(faults(copyOf(PING_SAMPLE), "PingSample"), []);
  const none = (await fullBench()).latency;
  const empty = { ...none, count: 0, minMs: null, meanMs: null, stddevMs: null, maxMs: null };
  const options = { ...(await fullBench()).options, ratePerSecond: null };
  const closed = { latency: empty, serviceTime: null, schedule: null, error: null, options, tcpInfo: [], series: [] };
  assertEquals(faults(copyOf(await fullBench(closed))), []);
  assertEquals(faults(copyOf(await fullPing({ rtt: null, error: null, distribution: empty, outages: [] }))), []);
});

/**
 * A typed fixture has every member that its type has: so a type and its schema can only differ here, where the schema has
 * one that the fixture lacks, or the other way.
 */
Deno.test("result_schema.json: a member less, a member more, a member of another type are refused", async () => {
  const fixtures: [value: Members, name: string][] = [
    [await fullBench(), "BenchResult"],
    [await fullPing(), "PingResult"],
    [COMPARISON, "Comparison"],
    [PING_SAMPLE, "PingSample"],
  ];
  for (const [fixture, name] of fixtures) {
    const value = copyOf(fixture);
    for (const place of places(value)) {
      if (Array.isArray(place)) continue;
      place.surprise = 1;
      assert(faults(value, name).length > 0, `${name}: a member more, in ${Object.keys(place)}`);
      delete place.surprise;
      for (const [member, kept] of Object.entries(place)) {
        place[member] = typeof kept === "string" ? 4711 : "surprise";
        assert(faults(value, name).length > 0, `${name}: ${member} of another type`);
        delete place[member];
        const optional = "state" in place && member !== "state";
        assertEquals(faults(value, name).length > 0, !optional, `${name}: without ${member}`);
        place[member] = kept;
      }
    }
    assertEquals(faults(value, name), []);
  }
});

Deno.test("result_schema.json: lists that the types have, too", () => {
  const kinds = (schema.$defs.BenchErrorCount.properties.kind as { enum: string[] }).enum;
  assertEquals(kinds, [...BENCH_ERROR_KINDS]);
  const percentiles = Object.keys(schema.$defs.Distribution.properties.percentilesMs.properties);
  assertEquals(percentiles, PERCENTILES.map((percentile) => `p${percentile}`));
  assertEquals(Object.keys(DEFS.TcpInfo.properties!).sort(), Object.keys(TCP_INFO).sort());
});

Deno.test("schemaError() agrees with ajv on results, and knows every keyword of the schema", async () => {
  const ignored = ["description", "additionalProperties"];
  const known = "$ref anyOf const enum type minimum maximum pattern items maxItems properties required".split(" ");
  const check = (schema: Members) => {
    assertEquals(Object.keys(schema).filter((keyword) => ![...known, ...ignored].includes(keyword)), []);
    for (const one of [...(schema.anyOf ?? []), ...Object.values(schema.properties ?? {})]) check(one);
    if (schema.items) check(schema.items);
  };
  for (const one of Object.values(DEFS)) check(one);

  const value: Members = copyOf(await fullBench());
  let mutants = 0;
  for (const place of places(value)) {
    for (const [member, kept] of Object.entries(place)) {
      for (const other of [null, -1, 0.5, 3, "text", true, [], {}, undefined]) {
        if (Array.isArray(place) && other === undefined) continue;
        if (other === undefined) delete place[member];
        else place[member] = other;
        const ours = schemaError(value, DEFS.BenchResult, "", DEFS);
        assertEquals(ours === undefined, faults(value, "BenchResult").length === 0, `${member}: ${other}: ${ours}`);
        mutants++;
      }
      place[member] = kept;
    }
  }
  assert(mutants > 1500, `${mutants} mutants`);
});
