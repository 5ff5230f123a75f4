/**
 * JSON text ↔ value without loss. A number whose text JavaScript would change (`1.0`, `12345678901234567890`) stays a
 * `LosslessNumber`, which is written as it was read; every other number is a plain one.
 */

import { LosslessNumber, parse, stringify } from "lossless-json";

export type Json = null | boolean | number | string | LosslessNumber | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** The value of a JSON text. Throws `SyntaxError` when it is none; the server says why, and where. */
export function parseJson(source: string): Json {
  return parse(source, null, { parseNumber: (text) => (String(Number(text)) === text ? Number(text) : new LosslessNumber(text)) }) as Json;
}

/** The text of a value, two spaces deep, as drafts and files have it. */
export function formatJson(value: Json): string {
  return `${stringify(value, undefined, 2) ?? "null"}\n`;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}

/** Whether two values say the same; members may stand in another order. */
export function same(one: Json | undefined, other: Json | undefined): boolean {
  if (Object.is(one, other)) return true;
  if (one instanceof LosslessNumber || other instanceof LosslessNumber) return String(one) === String(other);
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((item, place) => same(item, other[place]));
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]));
}
