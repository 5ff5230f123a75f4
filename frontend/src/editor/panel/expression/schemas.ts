/** Reading JSON Schemas as far as completion needs it: what members a value has, of what kind they are. */

import { type Json, type JsonObject, isObject } from "../../json";
import { at } from "../../pointer";

/** A part of a schema, with the whole that its references lead into. */
export interface Known { rule: Json; root: Json }

const FOLLOWED = 12;

/** The schema with its references followed and its parts put together. */
export function plain({ rule, root }: Known): JsonObject {
  let here = isObject(rule) ? rule : {};
  for (let n = 0; n < FOLLOWED && typeof here["$ref"] === "string" && here["$ref"].startsWith("#"); n += 1) {
    const target = at(root, decodeURIComponent(here["$ref"].slice(1)));
    here = { ...(isObject(target) ? target : {}), ...Object.fromEntries(Object.entries(here).filter(([key]) => key !== "$ref")) };
  }
  return here;
}

/** Schemas of the members that an object of this schema may have. */
export function membersOf(known: Known, depth = 0): Map<string, Known> {
  const rule = plain(known);
  const found = new Map<string, Known>();
  if (isObject(rule["properties"])) for (const [name, inner] of Object.entries(rule["properties"])) found.set(name, { rule: inner, root: known.root });
  if (depth < 6) {
    for (const part of alternatives(rule)) {
      for (const [name, inner] of membersOf({ rule: part, root: known.root }, depth + 1)) if (!found.has(name)) found.set(name, inner);
    }
  }
  return found;
}

/** Schema of a list's elements. */
export function elementOf(known: Known, depth = 0): Known | undefined {
  const rule = plain(known);
  if (isObject(rule["items"])) return { rule: rule["items"], root: known.root };
  if (depth < 6) {
    for (const part of alternatives(rule)) {
      const found = elementOf({ rule: part, root: known.root }, depth + 1);
      if (found) return found;
    }
  }
  return undefined;
}

const KINDS: Record<string, string> = { string: "text", integer: "integer", number: "number", boolean: "boolean", array: "list", object: "object", null: "null" };

/** The kind of a schema's values in the words of expressions; "" when there are several. */
export function kindOfSchema(known: Known): string {
  const rule = plain(known);
  const types = (Array.isArray(rule["type"]) ? rule["type"] : [rule["type"]]).filter((one) => one !== "null");
  if (types.length === 1 && typeof types[0] === "string") return KINDS[types[0]] ?? "";
  return "properties" in rule ? "object" : "items" in rule ? "list" : "";
}

function alternatives(rule: JsonObject): Json[] {
  return ["allOf", "anyOf", "oneOf"].flatMap((key) => (Array.isArray(rule[key]) ? (rule[key] as Json[]) : []));
}
