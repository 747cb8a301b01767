import { escapeUnseen } from "../core/quote.ts";

/** The part of JSON Schema (2020-12) that result_schema.json uses. Unknown members are allowed: see {@linkcode schemaError}. */
export interface Schema {
  /** The name of another that holds too, as `#/$defs/NAME`. */
  readonly $ref?: string;
  /** One of these holds. */
  readonly anyOf?: readonly Schema[];
  /** It is this. */
  readonly const?: unknown;
  /** It is one of these. */
  readonly enum?: readonly unknown[];
  /** It is of this type, or of one of these. */
  readonly type?: string | readonly string[];
  /** A number is this or more. */
  readonly minimum?: number;
  /** A number is this or less. */
  readonly maximum?: number;
  /** A text matches this regular expression. */
  readonly pattern?: string;
  /** What each item of an array is. */
  readonly items?: Schema;
  /** Most items of an array. */
  readonly maxItems?: number;
  /** What the members of an object are. */
  readonly properties?: Readonly<Record<string, Schema>>;
  /** Members that an object has. */
  readonly required?: readonly string[];
}

/**
 * The first thing in which a value is not what a schema says, such as `latency.count is "3", should be integer`.
 *
 * It reads a result as a later version may have written it: members that the schema does not name are passed over.
 *
 * @param path Where the value is, for the text.
 * @param defs The schemas that `$ref` names, as `#/$defs/NAME`.
 * @returns undefined if the value is as it should be.
 */
export function schemaError(
  value: unknown,
  schema: Schema,
  path: string,
  defs: Readonly<Record<string, Schema>>,
): string | undefined {
  if (schema.$ref !== undefined) {
    const error = schemaError(value, defs[schema.$ref.slice("#/$defs/".length)], path, defs);
    if (error !== undefined) return error;
  }
  if (schema.anyOf !== undefined) {
    const errors = schema.anyOf.map((one) => schemaError(value, one, path, defs));
    // Of the alternatives the first says most: the others are null.
    if (!errors.includes(undefined)) return errors[0];
  }
  return valueError(value, schema, path) ?? itemsError(value, schema, path, defs) ??
    membersError(value, schema, path, defs);
}

function valueError(value: unknown, schema: Schema, path: string): string | undefined {
  const wrong = (wanted: string) => `${path} is ${shown(value)}, should be ${wanted}`;
  if ("const" in schema && value !== schema.const) return wrong(shown(schema.const));
  if (schema.enum && !schema.enum.includes(value)) return wrong(schema.enum.map(shown).join(" or "));
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return wrong(types.join(" or "));
  if (typeof value === "number") {
    if (schema.minimum !== undefined && value < schema.minimum) return wrong(`${schema.minimum} or more`);
    if (schema.maximum !== undefined && value > schema.maximum) return wrong(`${schema.maximum} or less`);
  }
  if (typeof value === "string" && schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value)) {
    return wrong(`text like ${schema.pattern}`);
  }
}

function itemsError(
  value: unknown,
  { items, maxItems }: Schema,
  path: string,
  defs: Readonly<Record<string, Schema>>,
): string | undefined {
  if (!Array.isArray(value)) return undefined;
  if (maxItems !== undefined && value.length > maxItems) {
    return `${path} has ${value.length} items, ${maxItems} at most`;
  }
  if (items === undefined) return undefined;
  for (const [index, item] of value.entries()) {
    const error = schemaError(item, items, `${path}[${index}]`, defs);
    if (error !== undefined) return error;
  }
}

function membersError(
  value: unknown,
  { properties = {}, required = [] }: Schema,
  path: string,
  defs: Readonly<Record<string, Schema>>,
): string | undefined {
  if (!isOfType(value, "object")) return undefined;
  const members = value as Record<string, unknown>;
  const missing = required.find((name) => !Object.hasOwn(members, name));
  if (missing !== undefined) return `${join(path, missing)} is missing`;
  for (const [name, schema] of Object.entries(properties)) {
    if (!Object.hasOwn(members, name)) continue;
    const error = schemaError(members[name], schema, join(path, name), defs);
    if (error !== undefined) return error;
  }
}

function join(path: string, name: string): string {
  if (/[^\w]/.test(name)) return `${path}[${JSON.stringify(name)}]`; // percentilesMs["p99.9"]
  return path === "" ? name : `${path}.${name}`;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "string":
      return typeof value === "string";
    default:
      return typeof value === "boolean";
  }
}

/** A value in few characters and one line. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  return escapeUnseen(text.length > 40 ? `${text.slice(0, 36)} …` : text);
}
