/** What can be done to the step that is looked at, by key, by button, by menu: one list of acts, each said aloud. */

import * as edits from "../edits";
import type { Json } from "../json";
import { nameOfStep } from "../kinds";
import { announce, offer } from "../saying";
import type { Store } from "../store";
import { t } from "../texts";

export type Act = "duplicate" | "remove" | "up" | "down" | "in" | "out" | "unwrap" | edits.Wrapping;

const EDITS: Record<Act, (document: Json, pointer: string) => edits.Edited> = {
  duplicate: edits.duplicate,
  remove: edits.remove,
  up: (document, pointer) => edits.moveBy(document, pointer, -1),
  down: (document, pointer) => edits.moveBy(document, pointer, 1),
  in: edits.moveIn,
  out: edits.moveOut,
  unwrap: edits.unwrap,
  group: (document, pointer) => edits.wrap(document, pointer, "group"),
  foreach: (document, pointer) => edits.wrap(document, pointer, "foreach"),
  parallel: (document, pointer) => edits.wrap(document, pointer, "parallel"),
  choice: (document, pointer) => edits.wrap(document, pointer, "choice"),
};

/** Do it to the step at a pointer and say what happened. Whether anything did. */
export function doTo(store: Store, act: Act, pointer: string): boolean {
  const { document } = store.state;
  const step = edits.stepAt(document, pointer);
  if (!step) return false;
  store.change((before) => EDITS[act](before, pointer));
  if (store.state.document === document) {
    announce(t("said.cannot"));
    return false;
  }
  const name = nameOfStep(step);
  if (act === "remove" || act === "unwrap") {
    offer({ words: t(act === "remove" ? "said.removed" : "said.unwrapped", { name }), act: { words: t("undo"), does: () => store.undo() } });
  } else if (act === "duplicate") announce(t("said.duplicated", { name }));
  else announce(`${name}: ${where(store.state.document, store.state.selected)}`);
  return true;
}

/** Put a step where it was dropped. */
export function drop(store: Store, pointer: string, place: edits.Place): void {
  const { document } = store.state;
  store.change((before) => edits.move(before, pointer, place));
  if (store.state.document !== document) announce(`${nameOfStep(edits.stepAt(document, pointer) ?? {})}: ${where(store.state.document, store.state.selected)}`);
}

/** Put the steps of a text behind what is looked at. Whether it holds any. */
export function pasteAt(store: Store, place: edits.Place, text: string): boolean {
  let done = false;
  store.change((document) => {
    const pasted = edits.paste(document, place, text);
    done = pasted !== undefined;
    return pasted ?? { document };
  });
  if (done) announce(t("said.pasted", { name: nameOfStep(edits.stepAt(store.state.document, store.state.selected) ?? {}) }));
  else offer({ kind: "error", words: t("said.nothing_to_paste") });
  return done;
}

/** "step 2 of 5, in Each page". */
function where(document: Json, pointer: string): string {
  const { list, at } = edits.placeOf(pointer);
  const owner = edits.stepAt(document, edits.ownerOf(list));
  const values = { place: at + 1, count: edits.listAt(document, list).length };
  return owner ? t("said.place_in", { ...values, name: nameOfStep(owner) }) : t("said.place", values);
}
