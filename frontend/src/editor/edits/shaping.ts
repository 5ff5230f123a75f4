/** Making one thing of another: wrapping a step, taking a wrapping away, and another kind for the same step. */

import { type Inner, innerLists, kindOf } from "../../flow/document";
import { type Json, type JsonObject, isObject } from "../json";
import { changed } from "../pointer";
import { type NewKind, essence } from "./fresh";
import { freshId, takenIds } from "./ids";
import { type Edited, listAt, placeOf, stepAt } from "./places";
import { insert, remove } from "./placing";
import { turnedDocument } from "./references";

export const WRAPPINGS = ["group", "foreach", "parallel", "choice"] as const;
export type Wrapping = (typeof WRAPPINGS)[number];

/** What every kind may have, and what each may have besides. */
const COMMON = ["id", "name", "if", "on_error", "output", "labels"];
const ALLOWED: Record<NewKind, readonly string[]> = {
  call: ["uses", "with", "credential", "foreach", "concurrency", "retry", "timeout", "mock"],
  group: ["steps", "retry", "timeout"],
  foreach: ["steps", "foreach", "concurrency", "retry", "timeout"],
  parallel: ["branches", "join", "retry", "timeout"],
  choice: ["cases", "else", "retry", "timeout"],
  wait: ["wait"],
  approval: ["approval", "timeout"],
};

/** Put what was there into a new step around it. What other steps said of it, of a group or a choice they say of that. */
export function wrap(document: Json, pointer: string, kind: Wrapping): Edited {
  const step = stepAt(document, pointer);
  if (!step) return { document, selected: pointer };
  const id = freshId(kind === "foreach" ? "each" : kind, takenIds(document));
  const around = { id, ...holding(kind, [{ title: "", role: "body", steps: [step] }]) };
  const inner = typeof step["id"] === "string" && (kind === "group" || kind === "choice") ? step["id"] : undefined;
  const told = inner === undefined ? document : turnedDocument(document, (one) => (one === inner ? id : one));
  return { document: changed(told, pointer, () => around), selected: pointer };
}

/** Put the steps of a step into its place, in their order. Its handler and its own keys go; a condition stays on a single step. */
export function unwrap(document: Json, pointer: string): Edited {
  const step = stepAt(document, pointer);
  const lists = bodies(document, pointer);
  if (!step || lists.length === 0) return { document, selected: pointer };
  const inner = lists.flatMap((one) => one.steps);
  if (inner.length === 0) return remove(document, pointer);
  const [only] = inner;
  const kept = inner.length === 1 && only && "if" in step && !("if" in only) ? [{ ...only, if: step["if"]! }] : inner;
  const outer = step["id"];
  const last = inner.at(-1)?.["id"];
  const follows = lists.length === 1 && !("output" in step) && !("foreach" in step) && kindOf(step) !== "parallel" && typeof last === "string";
  const put = insert(replaced(document, pointer), placeOf(pointer), kept);
  return follows ? { ...put, document: turnedDocument(put.document, (one) => (one === outer ? last : one)) } : put;
}

function replaced(document: Json, pointer: string): Json {
  return changed(document, placeOf(pointer).list, (list) => (list as readonly Json[]).filter((_one, place) => place !== placeOf(pointer).at));
}

/** The same step as another kind: it keeps every key that the new kind has, and the steps inside where that holds steps. */
export function changeKind(document: Json, pointer: string, kind: NewKind, question: string): Edited {
  const step = stepAt(document, pointer);
  if (!step || kindOf(step) === kind) return { document, selected: pointer };
  const lists = bodies(document, pointer);
  const fresh = lists.length > 0 && isWrapping(kind) ? holding(kind, lists) : essence(kind, question);
  const kept = Object.entries(step).filter(([key]) => COMMON.includes(key) || (ALLOWED[kind].includes(key) && (key === "foreach" || !(key in fresh))));
  const { id = "", name, ...rest } = { ...fresh, ...Object.fromEntries(kept) } as JsonObject;
  return { document: changed(document, pointer, () => ({ id, ...(name === undefined ? {} : { name }), ...rest })), selected: pointer };
}

interface Held { title: string; role: Inner["role"]; steps: readonly JsonObject[] }

function bodies(document: Json, pointer: string): Held[] {
  return innerLists(stepAt(document, pointer) ?? {}, pointer).filter((one) => one.role !== "handler")
    .map((one) => ({ title: one.title, role: one.role, steps: listAt(document, one.pointer).filter(isObject) }));
}

/** What makes a kind that holds steps, holding these. */
function holding(kind: Wrapping, lists: readonly Held[]): JsonObject {
  const all = lists.flatMap((one) => one.steps);
  switch (kind) {
    case "group": return { steps: all };
    case "foreach": return { foreach: "", steps: all };
    case "parallel": {
      const names = new Set<string>();
      return { branches: Object.fromEntries(lists.map((one) => {
        const name = freshId(one.role === "branch" ? one.title : one.role === "else" ? "otherwise" : "first", names);
        names.add(name);
        return [name, one.steps];
      })) };
    }
    case "choice": {
      const otherwise = lists.find((one) => one.role === "else");
      const cases = lists.filter((one) => one !== otherwise).map((one) => ({ if: one.role === "case" ? one.title : "", steps: one.steps }));
      return { cases, ...(otherwise ? { else: otherwise.steps } : {}) };
    }
  }
}

function isWrapping(kind: NewKind): kind is Wrapping {
  return (WRAPPINGS as readonly string[]).includes(kind);
}
