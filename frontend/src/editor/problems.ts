/** The server's problems, by the steps that they stand in. */

import type { Problem } from "./contract";
import { everyStep } from "./edits";
import type { Json } from "./json";

export interface Trouble { own: number; inside: number; first: string }

/** By the pointer of a step: its own problems, and how many there are in the steps inside it. */
export function troubles(document: Json, problems: readonly Problem[]): ReadonlyMap<string, Trouble> {
  const found = new Map<string, Trouble>();
  if (problems.length === 0) return found;
  const steps = everyStep(document).map(({ pointer }) => pointer);
  for (const { pointer, message } of problems) {
    const around = steps.filter((one) => pointer === one || pointer.startsWith(`${one}/`));
    around.forEach((one, place) => {
      const here = found.get(one) ?? { own: 0, inside: 0, first: "" };
      const own = place === around.length - 1;
      found.set(one, { own: here.own + (own ? 1 : 0), inside: here.inside + (own ? 0 : 1), first: here.first || (own ? message : "") });
    });
  }
  return found;
}
