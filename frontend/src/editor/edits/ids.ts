/** Ids of steps: unique in a document, and fresh ones where steps are copied. */

import { everyStep, innerLists } from "../../flow/document";
import type { Json, JsonObject } from "../json";
import { isObject } from "../json";
import { changed } from "../pointer";
import { type Edited, stepAt } from "./places";
import { turnedDocument, turnedSteps } from "./references";

export const ID = /^[a-z][a-z0-9_]{0,63}$/u;
const LONGEST = 64;

export function takenIds(document: Json): Set<string> {
  return new Set(everyStep(document).map(({ step }) => step["id"]).filter((id) => typeof id === "string"));
}

/** `wanted`, or with a number behind it when somebody has it. */
export function freshId(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const stem = wanted.replace(/_\d+$/u, "");
  for (let number = 2; ; number += 1) {
    const end = `_${number}`;
    const id = `${stem.slice(0, LONGEST - end.length)}${end}`;
    if (!taken.has(id)) return id;
  }
}

/** An id that says what a text says: "Each page!" → `each_page`. */
export function idFrom(text: string): string {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/gu, "_").replace(/^_+|_+$/gu, "");
  return (/^[a-z]/u.test(plain) ? plain : `step_${plain}`).slice(0, LONGEST).replace(/_+$/u, "");
}

/** Steps whose ids nobody in `taken` has, at any depth; what they say of each other follows. */
export function freshened(steps: readonly JsonObject[], taken: ReadonlySet<string>): JsonObject[] {
  const used = new Set(taken);
  const names = new Map<string, string>();
  const renamed = (step: JsonObject): JsonObject => {
    const old = typeof step["id"] === "string" && step["id"] !== "" ? step["id"] : "step";
    const id = freshId(old, used);
    used.add(id);
    if (!names.has(old)) names.set(old, id);
    return inside({ ...step, id }, renamed);
  };
  const made = steps.map(renamed);
  return turnedSteps(made, (id) => names.get(id) ?? id) as readonly Json[] as JsonObject[];
}

/** The same step with every step directly inside it turned. */
function inside(step: JsonObject, turn: (step: JsonObject) => JsonObject): JsonObject {
  return innerLists(step, "").reduce<JsonObject>((made, { pointer }) => changed(made, pointer, (list) => (
    Array.isArray(list) ? list.map((one: Json) => (isObject(one) ? turn(one) : one)) : list
  )) as JsonObject, step);
}

/** Give the step at a pointer another id; expressions that name it follow. Nothing when the id is taken or is none. */
export function renameId(document: Json, pointer: string, id: string): Edited {
  const old = stepAt(document, pointer)?.["id"];
  if (!ID.test(id) || id === old || takenIds(document).has(id)) return { document, selected: pointer };
  const renamed = changed(document, `${pointer}/id`, () => id);
  // A half written document may have the old id twice: then the expressions mean the other one.
  const follows = typeof old === "string" && !takenIds(renamed).has(old);
  return { document: follows ? turnedDocument(renamed, (one) => (one === old ? id : one)) : renamed, selected: pointer };
}

