/** What an expression can see from where it stands: the rules of docs/workflow.md, "What an expression can see". */

import { type Json, type JsonObject, isObject } from "../../json";
import { at, pointerTo, tokens } from "../../pointer";

export interface SeenStep {
  id: string;
  name: string;
  /** JSON Pointer of the step. */
  pointer: string;
  step: JsonObject;
  /** Which of its members can be read. A step whose failure is dealt with has no output. */
  fields: readonly ("output" | "error" | "state")[];
  /** Whether it is the step itself, whose `output` template sees its own result. */
  own: boolean;
}

export interface Visible {
  inputs: Json | undefined;
  vars: JsonObject;
  steps: readonly SeenStep[];
  /** JSON Pointer of the step whose items are gone through; undefined outside of a foreach. */
  foreach: string | undefined;
}

/** Keys of a service call with `foreach` that belong to each item, not to the step as a whole. */
const OF_EACH_ITEM = new Set(["with", "credential", "retry", "timeout", "mock"]);
const ALL = ["output", "error", "state"] as const;

/** What can be seen from the value at `pointer`. */
export function visibleFrom(document: Json, pointer: string): Visible {
  const envelope = isObject(document) ? document : {};
  const seen: SeenStep[] = [];
  let foreach: string | undefined;
  const [first, ...rest] = tokens(pointer);
  let path = tokens(pointer);
  let here = "";
  if (isObject(document)) {
    if (first === "steps") [path, here] = [rest, "/steps"];
    else {
      path = [];
      if (first === "output") seen.push(...stepsBefore(document["steps"], "/steps", Infinity));
    }
  }
  while (path.length > 0) {
    const place = Number(path[0]);
    seen.push(...stepsBefore(at(document, here), here, place));
    here += pointerTo(place);
    const step = at(document, here);
    const key = path[1];
    if (!isObject(step) || key === undefined) break;
    const inner = innerList(path);
    if (key === "output") seen.push(seenStep(step, here, ["output"], true));
    if (key === "on_error" && inner) seen.push(seenStep(step, here, ["error", "state"], false));
    if ("foreach" in step && (key === "steps" ? inner !== undefined : "uses" in step && OF_EACH_ITEM.has(key))) foreach = here;
    if (!inner) break;
    here += pointerTo(...inner.list);
    path = inner.rest;
  }
  return { inputs: envelope["inputs"], vars: isObject(envelope["vars"]) ? envelope["vars"] : {}, steps: seen, foreach };
}

/** The way from a step to a list of steps inside it, and what follows behind that list. `path` begins with the step's place. */
function innerList(path: readonly string[]): { list: string[]; rest: string[] } | undefined {
  const key = path[1] ?? "";
  const length = key === "steps" || key === "else" || key === "on_error" ? 1 : key === "branches" ? 2 : key === "cases" && path[3] === "steps" ? 3 : 0;
  if (length === 0 || path.length <= length + 1 || !/^\d+$/u.test(path[length + 1] ?? "")) return undefined;
  return { list: path.slice(1, length + 1), rest: path.slice(length + 1) };
}

function stepsBefore(list: Json | undefined, pointer: string, place: number): SeenStep[] {
  if (!Array.isArray(list)) return [];
  return (list as Json[]).slice(0, place).flatMap((step, number) => (isObject(step) && typeof step["id"] === "string" ? [seenStep(step, `${pointer}/${number}`, ALL, false)] : []));
}

function seenStep(step: JsonObject, pointer: string, fields: SeenStep["fields"], own: boolean): SeenStep {
  const id = String(step["id"] ?? "");
  return { id, name: typeof step["name"] === "string" ? step["name"] : id, pointer, step, fields, own };
}
