/** JSON Schemas as people make them in the builder: a kind of value, its name, its choices. What else a schema says stays. */

import type { Shape } from "../contract";
import { type Json, type JsonObject, isObject } from "../json";
import { ANYTHING } from "./form/shapes";

export const KINDS = ["text", "integer", "number", "boolean", "date", "moment", "email", "url", "choice", "list", "object", "any"] as const;
export type SchemaKind = (typeof KINDS)[number];

const FORMATS: Record<string, SchemaKind> = { date: "date", "date-time": "moment", email: "email", uri: "url" };
const RULES: Record<SchemaKind, JsonObject> = {
  text: { type: "string" }, integer: { type: "integer" }, number: { type: "number" }, boolean: { type: "boolean" },
  date: { type: "string", format: "date" }, moment: { type: "string", format: "date-time" }, email: { type: "string", format: "email" }, url: { type: "string", format: "uri" },
  choice: { enum: [] }, list: { type: "array", items: { type: "string" } }, object: { type: "object", properties: {} }, any: {},
};
/** What a kind says, and another does not. */
const OWN = ["type", "format", "enum", "items", "properties", "required", "default", "additionalProperties", "$ref", "oneOf", "anyOf", "const"];

/** The kind of a schema; undefined when it is none that the builder makes. */
export function kindOfRule(rule: Json): SchemaKind | undefined {
  if (!isObject(rule)) return undefined;
  if (["$ref", "oneOf", "anyOf", "allOf", "const", "not"].some((key) => key in rule)) return undefined;
  if (Array.isArray(rule["enum"])) return "choice";
  switch (rule["type"]) {
    case "string": return typeof rule["format"] === "string" ? FORMATS[rule["format"]] ?? "text" : "text";
    case "integer": case "number": case "boolean": case "object": return rule["type"];
    case "array": return "list";
    case undefined: return "any";
    default: return undefined;
  }
}

/** The same schema as one of another kind. */
export function turned(rule: Json, kind: SchemaKind): JsonObject {
  const kept = isObject(rule) ? Object.entries(rule).filter(([key]) => !OWN.includes(key)) : [];
  return { ...RULES[kind], ...Object.fromEntries(kept) };
}

/** What a default of such a schema is filled in with. */
export function shapeOfDefault(rule: JsonObject): Shape {
  const kind = kindOfRule(rule);
  const choices = Array.isArray(rule["enum"]) ? (rule["enum"] as Json[]) : [];
  if (kind === "choice") return { ...ANYTHING, kind: "choice", options: choices.map((value) => ({ label: String(value), value })) };
  if (kind === "boolean") return { ...ANYTHING, kind: "yes_no" };
  if (kind === "list" || kind === "object") return { ...ANYTHING, rule: { type: "array" } };
  return { ...ANYTHING, kind: kind === undefined || kind === "any" ? "json" : kind };
}

/** A schema of an object with one of its members changed; undefined takes it out. */
export function withMember(schema: JsonObject, name: string, rule: Json | undefined): JsonObject {
  const members = Object.entries(membersOf(schema));
  const made = members.some(([key]) => key === name) ? members.flatMap(([key, old]): [string, Json][] => (key !== name ? [[key, old]] : rule === undefined ? [] : [[key, rule]])) : [...members, [name, rule!] as [string, Json]];
  return required({ ...schema, properties: Object.fromEntries(made) }, name, rule !== undefined && isRequired(schema, name));
}

export function membersOf(schema: JsonObject): JsonObject {
  return isObject(schema["properties"]) ? schema["properties"] : {};
}

export function isRequired(schema: JsonObject, name: string): boolean {
  return Array.isArray(schema["required"]) && schema["required"].includes(name);
}

export function required(schema: JsonObject, name: string, is: boolean): JsonObject {
  const others = Array.isArray(schema["required"]) ? (schema["required"] as Json[]).filter((one) => one !== name) : [];
  if (is === isRequired(schema, name)) return schema;
  const { required: _old, ...rest } = schema;
  const made = is ? [...others, name] : others;
  return made.length > 0 ? { ...rest, required: made } : rest;
}

/** A member with another name, in its place. The name must be free. */
export function renamed(schema: JsonObject, old: string, name: string): JsonObject {
  const properties = Object.fromEntries(Object.entries(membersOf(schema)).map(([key, rule]) => [key === old ? name : key, rule]));
  const names: JsonObject = Array.isArray(schema["required"]) ? { required: (schema["required"] as Json[]).map((one) => (one === old ? name : one)) } : {};
  return { ...schema, properties, ...names };
}

export function reordered(schema: JsonObject, order: readonly string[]): JsonObject {
  return { ...schema, properties: Object.fromEntries(order.map((name) => [name, membersOf(schema)[name]!])) };
}
