/** Which parts of a JSON Schema speak of a place in a document. */

import { type Json, type JsonObject, isObject } from "../json";
import { at } from "../pointer";

const FOLLOWED = 8;

/** All rules that may speak of what stands at the end of `path`, alternatives included. */
export function rulesAt(schema: Json, path: readonly string[]): JsonObject[] {
  let rules = spread(schema, schema);
  for (const token of path) rules = rules.flatMap((rule) => inside(schema, rule, token));
  return rules;
}

function inside(root: Json, rule: JsonObject, token: string): JsonObject[] {
  const found: Json[] = [];
  if (isObject(rule["properties"]) && Object.hasOwn(rule["properties"], token)) found.push(rule["properties"][token]!);
  else if (isObject(rule["additionalProperties"])) found.push(rule["additionalProperties"]);
  if (/^\d+$/u.test(token) && isObject(rule["items"])) found.push(rule["items"]);
  return found.flatMap((one) => spread(root, one));
}

/** A rule with its references followed, and each of its alternatives. */
function spread(root: Json, rule: Json, depth = 0): JsonObject[] {
  if (!isObject(rule) || depth > FOLLOWED) return [];
  const target = typeof rule["$ref"] === "string" ? at(root, rule["$ref"].slice(1)) : undefined;
  const own = isObject(target) ? { ...target, ...rule } : rule;
  const alternatives = ["anyOf", "oneOf", "allOf"].flatMap((key) => (Array.isArray(own[key]) ? (own[key] as Json[]) : []));
  return [own, ...alternatives.flatMap((one) => spread(root, one, depth + 1))];
}

export interface Name { name: string; help: string; rules: JsonObject[] }

/** Names that members of an object may have. */
export function namesOf(schema: Json, rules: readonly JsonObject[]): Name[] {
  const found = new Map<string, Name>();
  for (const rule of rules) {
    if (!isObject(rule["properties"])) continue;
    for (const [name, member] of Object.entries(rule["properties"])) {
      const help = isObject(member) && typeof member["description"] === "string" ? member["description"] : "";
      if (!found.has(name)) found.set(name, { name, help, rules: spread(schema, member) });
    }
  }
  return [...found.values()];
}

/** Values that are known: constants, choices, the default, examples, yes and no. */
export function valuesOf(rules: readonly JsonObject[]): Json[] {
  const all = rules.flatMap((rule): Json[] => [
    ...("const" in rule ? [rule["const"]!] : []),
    ...(Array.isArray(rule["enum"]) ? (rule["enum"] as Json[]) : []),
    ...("default" in rule ? [rule["default"]!] : []),
    ...(Array.isArray(rule["examples"]) ? (rule["examples"] as Json[]) : []),
    ...(typesOf(rule).includes("boolean") ? [true, false] : []),
  ]);
  return [...new Map(all.map((value) => [JSON.stringify(value), value])).values()];
}

export function typesOf(rule: JsonObject): string[] {
  return [rule["type"]].flat().filter((one): one is string => typeof one === "string");
}
