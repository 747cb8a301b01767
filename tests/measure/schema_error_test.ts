import { assertEquals } from "@std/assert";
import { type Schema, schemaError } from "../../lib/measure/schema_error.ts";

const DEFS: Record<string, Schema> = {
  Point: { type: "object", properties: { x: { type: "integer" }, "p99.9": { type: "number" } }, required: ["x"] },
};

Deno.test("schemaError() names the first thing that is wrong, and where", () => {
  const point: Schema = { $ref: "#/$defs/Point" };
  const table: [value: unknown, schema: Schema, error: string | undefined][] = [
    [1, { type: "number" }, undefined],
    [1.5, { type: "integer" }, "it is 1.5, should be integer"],
    [1e300, { type: "integer" }, undefined],
    ["1", { type: "number" }, 'it is "1", should be number'],
    [null, { type: ["number", "null"] }, undefined],
    ["1", { type: ["number", "null"] }, 'it is "1", should be number or null'],
    [null, { type: "object" }, "it is null, should be object"],
    [[], { type: "object" }, "it is an array, should be object"],
    [{}, { type: "array" }, "it is an object, should be array"],
    [true, { type: "boolean" }, undefined],
    [0, { type: "boolean" }, "it is 0, should be boolean"],
    [-0.1, { minimum: 0 }, "it is -0.1, should be 0 or more"],
    [0, { minimum: 0, maximum: 1 }, undefined],
    [1, { minimum: 0, maximum: 1 }, undefined],
    [1.1, { maximum: 1 }, "it is 1.1, should be 1 or less"],
    ["-1", { minimum: 0 }, undefined],
    [2, { const: 1 }, "it is 2, should be 1"],
    [null, { enum: ["up", null] }, undefined],
    ["x", { enum: ["up", null] }, 'it is "x", should be "up" or null'],
    ["ab", { pattern: "^a+$" }, 'it is "ab", should be text like ^a+$'],
    ["x".repeat(99), { type: "null" }, `it is "${"x".repeat(35)} …, should be null`],
    [[1, 2], { items: { type: "number" }, maxItems: 2 }, undefined],
    [[1, 2, 3], { items: { type: "number" }, maxItems: 2 }, "it has 3 items, 2 at most"],
    [[1, "2"], { items: { type: "number" } }, 'it[1] is "2", should be number'],
    [{ x: 1 }, point, undefined],
    [{ x: 1, later: "version" }, point, undefined],
    [{}, point, "it.x is missing"],
    [{ x: "1" }, point, 'it.x is "1", should be integer'],
    [{ x: 1, "p99.9": "1" }, point, 'it["p99.9"] is "1", should be number'],
    [[{ x: 1 }, {}], { items: point }, "it[1].x is missing"],
    [null, { anyOf: [point, { type: "null" }] }, undefined],
    [{}, { anyOf: [point, { type: "null" }] }, "it.x is missing"],
    [3, { anyOf: [point, { type: "null" }] }, "it is 3, should be object"],
  ];
  for (const [value, schema, error] of table) assertEquals(schemaError(value, schema, "it", DEFS), error);
  assertEquals(schemaError({ x: "1" }, point, "", DEFS), 'x is "1", should be integer');
});
