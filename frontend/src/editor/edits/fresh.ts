/** New steps: of every kind, and for a service that was picked. What they still lack, the server's problems ask for. */

import type { Offer } from "../contract";
import type { Json, JsonObject } from "../json";
import { freshId, idFrom, takenIds } from "./ids";
import { type Edited, type Place } from "./places";
import { insert } from "./placing";

export const NEW_KINDS = ["call", "group", "foreach", "parallel", "choice", "wait", "approval"] as const;
export type NewKind = (typeof NEW_KINDS)[number];

const IDS: Record<NewKind, string> = {
  call: "step", group: "group", foreach: "each", parallel: "parallel", choice: "choice", wait: "wait", approval: "approval",
};

/** What makes a kind, before anybody said more. `question` is what an approval asks. */
export function essence(kind: NewKind, question: string): JsonObject {
  switch (kind) {
    case "call": return { uses: "", with: {} };
    case "group": return { steps: [] };
    case "foreach": return { foreach: "", steps: [] };
    case "parallel": return { branches: { first: [], second: [] } };
    case "choice": return { cases: [{ if: "", steps: [] }], else: [] };
    case "wait": return { wait: "1m" };
    case "approval": return { approval: { title: question } };
  }
}

/** A service that was picked, with the inputs that it cannot do without. */
export interface Picked extends Offer { prepared?: JsonObject }

/** A new step at a place: of a kind, or that calls what was picked. */
export function insertNew(document: Json, place: Place, picked: Picked | NewKind, question: string): Edited {
  const taken = takenIds(document);
  if (typeof picked === "string") return insert(document, place, [{ id: freshId(IDS[picked], taken), ...essence(picked, question) }]);
  const id = freshId(idFrom(picked.name || picked.uses.split("@")[0]!.split("/").at(-1)!), taken);
  return insert(document, place, [{ id, ...(picked.title && picked.title !== picked.name ? { name: picked.title } : {}), uses: picked.uses, with: picked.prepared ?? {} }]);
}
