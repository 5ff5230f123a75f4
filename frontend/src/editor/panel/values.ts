/** What kind a JSON value is of, in the words of expressions, and how it reads on one line. */

import { LosslessNumber } from "lossless-json";
import { type Json, formatJson } from "../json";

export type ValueKind = "null" | "boolean" | "integer" | "number" | "text" | "list" | "object";

export function kindOfValue(value: Json): ValueKind {
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "text";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (value instanceof LosslessNumber) return /^-?\d+$/u.test(String(value)) ? "integer" : "number";
  return Array.isArray(value) ? "list" : "object";
}

export function isNumber(value: Json | undefined): value is number | LosslessNumber {
  return typeof value === "number" || value instanceof LosslessNumber;
}

/** A value on one line, cut: texts as they are, the rest as JSON. */
export function brief(value: Json, most = 60): string {
  const text = typeof value === "string" ? value : oneLine(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** JSON without line breaks. */
export function oneLine(value: Json): string {
  return formatJson(value).trimEnd().replaceAll(/\n\s*/gu, " ");
}

/** Whether expressions stand in a text. */
export function isTemplate(value: Json | undefined): value is string {
  return typeof value === "string" && value.includes("{{");
}

const WHOLE = /^\{\{ ?([\s\S]*?) ?\}\}$/u;

/** What stands between the braces of a text that is one whole expression; undefined of any other. */
export function inside(value: string): string | undefined {
  const found = WHOLE.exec(value);
  return found && !found[1]!.includes("{{") && !found[1]!.includes("}}") ? found[1]! : undefined;
}

export function whole(expression: string): string {
  return `{{ ${expression} }}`;
}
