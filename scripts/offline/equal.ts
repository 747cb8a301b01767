/**
 * Deep equality as `@std/assert` means it, for the stand-in of that package. `node:util`'s `isDeepStrictEqual` is not it: it
 * tells 0 from -0 and a null prototype from `Object.prototype`, and it passes two errors made in different places.
 *
 * @module
 */

type TypedArray = { readonly length: number; readonly [at: number]: unknown };
const typedArrayClass = Object.getPrototypeOf(Uint8Array);

/** Classes whose instances are equal when their texts are. */
const comparedAsText: unknown[] = [RegExp, URL, URLSearchParams, Intl.Locale].map((one) => one.prototype);

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || Object.is(a, b);
}

function kind(value: object): object {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

/** The keys to compare: enumerable own ones, and for instances of classes also hidden and inherited ones (accessors). */
function keysOf(value: object): PropertyKey[] {
  const prototype = kind(value);
  if (prototype === Object.prototype || prototype === Array.prototype) return Reflect.ownKeys({ ...value });
  const keys = [];
  for (let at = value; at && at !== Object.prototype && at !== Array.prototype; at = Object.getPrototypeOf(at)) {
    keys.push(...Reflect.ownKeys(at));
  }
  return keys;
}

function sameElements(a: TypedArray, b: TypedArray): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!same(a[i], b[i])) return false;
  return true;
}

type Compare = (a: unknown, b: unknown) => boolean;

/** Keys that are objects are found by value, in any order. */
function sameEntries(a: Map<unknown, unknown>, b: Map<unknown, unknown>, compare: Compare): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    if (!isObject(key)) {
      if (!b.has(key) || !compare(value, b.get(key))) return false;
    } else if (![...b].some(([otherKey, other]) => compare(key, otherKey) && compare(value, other))) return false;
  }
  return true;
}

function asMap(value: Map<unknown, unknown> | Set<unknown>): Map<unknown, unknown> {
  // A set's members must not be compared twice, once as key and once as value.
  return value instanceof Map ? value : new Map(Array.from(value, (member) => [member, undefined]));
}

function sameObject(a: object, b: object, compare: Compare): boolean {
  if (a instanceof ArrayBuffer || a instanceof SharedArrayBuffer) {
    return sameElements(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
  }
  if (a instanceof typedArrayClass) return sameElements(a as TypedArray, b as TypedArray);
  if (a instanceof WeakMap || a instanceof WeakSet) {
    throw new TypeError(`Cannot compare ${a.constructor.name} instances`);
  }
  if (Object.keys(a).length !== Object.keys(b).length) return false;
  if (a instanceof Map || a instanceof Set) return sameEntries(asMap(a), asMap(b as Map<unknown, unknown>), compare);
  if (comparedAsText.includes(kind(a))) return String(a) === String(b);
  const [left, right] = [a as Record<PropertyKey, unknown>, b as Record<PropertyKey, unknown>];
  return [...new Set([...keysOf(a), ...keysOf(b)])].every((key) =>
    key in left && key in right && compare(left[key], right[key])
  );
}

/** Whether two values are deeply equal: same structure, same classes, `NaN` equal to itself, 0 equal to -0. */
export function equal(a: unknown, b: unknown): boolean {
  const begun = new Map<object, object>();
  function compare(a: unknown, b: unknown): boolean {
    if (same(a, b)) return true;
    if (!isObject(a) || !isObject(b)) return false;
    if (a instanceof Date && b instanceof Date) return same(a.getTime(), b.getTime());
    if (kind(a) !== kind(b)) return false;
    if (begun.get(a) === b) return true; // a cycle: whoever began with this pair decides
    begun.set(a, b);
    return sameObject(a, b, compare);
  }
  return compare(a, b);
}
