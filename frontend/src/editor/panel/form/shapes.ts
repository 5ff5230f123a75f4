/** Shapes of values: whether a value fits one, which of several, what a new one begins as. */

import type { Shape } from "../../contract";
import { type Json, type JsonObject, isObject, same } from "../../json";
import { isNumber, isTemplate } from "../values";

const TEXTS = new Set(["text", "lines", "date", "moment", "email", "url", "password"]);

export function isTextual(shape: Shape): boolean {
  return TEXTS.has(shape.kind);
}

/** Whether the fields of a shape can show a value; what they cannot show is shown as JSON. */
export function fits(shape: Shape, value: Json | undefined): boolean {
  if (value === undefined || (value === null && shape.nullable)) return true;
  switch (shape.kind) {
    case "object": return isObject(value);
    case "list": return Array.isArray(value);
    case "choices": return Array.isArray(value) && value.every((one) => shape.options?.some((option) => same(option.value, one as Json)));
    // A number is shown as it is written also when it is none yet.
    case "integer": case "number": return isNumber(value) || typeof value === "string";
    case "check": case "yes_no": return typeof value === "boolean";
    case "variants": case "json": case "choice": case "fixed": return true;
    default: return typeof value === "string";
  }
}

/** Number of the variant that a value is most like; -1 when it says nothing. */
export function variantOf(shape: Shape, value: Json | undefined): number {
  if (value === undefined) return -1;
  const scores = (shape.variants ?? []).map((one) => likeness(one.shape, value));
  return scores.indexOf(Math.max(...scores));
}

function likeness(shape: Shape, value: Json): number {
  if (shape.kind === "fixed") return same(constantOf(shape), value) ? 10 : -10;
  if (shape.kind === "variants") return Math.max(...(shape.variants ?? []).map((one) => likeness(one.shape, value)));
  if (isTemplate(value)) return isTextual(shape) ? 1 : 0;
  if (!fits(shape, value)) return -10;
  if (shape.kind === "integer" || shape.kind === "number") return isNumber(value) ? 3 : -5;
  if (shape.kind === "choice") return shape.options?.some((one) => same(one.value, value)) ? 5 : -5;
  if (shape.kind === "json") return typeof (shape.rule as JsonObject)["type"] === "string" ? (ruleTakes(shape, value) ? 1 : -10) : 0;
  if (shape.kind !== "object" || !isObject(value)) return 2;
  const fields = Object.entries(shape.fields ?? {});
  const known = fields.reduce((sum, [name, field]) => {
    if (!Object.hasOwn(value, name)) return sum - (field.required ? 2 : 0);
    return sum + (field.kind === "fixed" ? (same(constantOf(field), value[name]) ? 10 : -10) : 1);
  }, 0);
  return known - Object.keys(value).filter((name) => !Object.hasOwn(shape.fields ?? {}, name)).length;
}

function ruleTakes(shape: Shape, value: Json): boolean {
  const type = (shape.rule as JsonObject)["type"];
  return type === "object" ? isObject(value) : type === "array" ? Array.isArray(value) : true;
}

/** What a constant is. */
export function constantOf(shape: Shape): Json {
  const rule = isObject(shape.rule) ? shape.rule : {};
  return rule["const"] ?? null;
}

/** What a value begins as: constants and defaults that must be there, and names of inputs that are the same. */
export function begun(shape: Shape, inputs: readonly string[] = []): Json | undefined {
  if (shape.kind === "fixed") return constantOf(shape);
  if (shape.kind === "list") return shape.required ? [] : undefined;
  if (shape.kind === "variants") return shape.required && shape.variants?.[0] ? begun(shape.variants[0].shape, inputs) : undefined;
  if (shape.kind !== "object") return shape.default;
  const members = Object.entries(shape.fields ?? {}).flatMap(([name, field]): [string, Json][] => {
    if (!field.required) return [];
    if (inputs.includes(name)) return [[name, `{{ inputs.${name} }}`]];
    const value = begun(field, inputs);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(members);
}

/** A shape of anything at all. */
export const ANYTHING: Shape = { kind: "json", title: "", help: "", nullable: false, required: false, rule: {} };

/** `row_count` as people read it. */
export function wordsOf(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words === "" ? name : words[0]!.toUpperCase() + words.slice(1);
}
