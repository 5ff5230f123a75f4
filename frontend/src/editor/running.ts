/** What a past or running run says of the steps that stand here now: by their ids, for places change while one edits. */

import type { StepState } from "../flow/view";
import type { Run } from "./contract";
import { everyStep } from "./edits";
import type { Json } from "./json";
import { nameOfStep } from "./kinds";

const NONE: ReadonlyMap<string, StepState> = new Map();

/** By the pointer of a step: how it went. A step that ran many times is told once, as its first line is. */
export function statesOf(document: Json, run: Run | undefined): ReadonlyMap<string, StepState> {
  if (!run) return NONE;
  const byId = new Map<string, string>();
  const words = new Map<string, string>();
  for (const step of run.steps) {
    if (byId.has(step.id)) continue;
    byId.set(step.id, step.state);
    words.set(step.id, step.words);
  }
  return new Map(everyStep(document).flatMap(({ pointer, step }) => {
    const id = String(step["id"]);
    const state = byId.get(id);
    return state === undefined ? [] : [[pointer, { state, words: `${nameOfStep(step)}, ${words.get(id)}` }] as const];
  }));
}
