/** Pointers of one document in the next: steps are known again by their ids, wherever they went. */

import { everyStep } from "./document";

/** A function from pointers into `before` to pointers into `after`; undefined for what is gone or has no id. */
export function carrier(before: unknown, after: unknown): (pointer: string) => string | undefined {
  if (before === after) return (pointer) => pointer;
  const ids = new Map(everyStep(before).map(({ pointer, step }) => [pointer, step["id"]]));
  const places = new Map(everyStep(after).map(({ pointer, step }) => [step["id"], pointer]));
  return (pointer) => { const id = ids.get(pointer); return typeof id === "string" ? places.get(id) : undefined; };
}
