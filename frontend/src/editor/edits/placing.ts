/** Putting steps somewhere: insert, remove, move, duplicate, copy and paste. */

import { innerLists } from "../../flow/document";
import { type Json, type JsonObject, formatJson, isObject, parseJson } from "../json";
import { changed } from "../pointer";
import { freshened, takenIds } from "./ids";
import { type Edited, type Place, listAt, ownerOf, placeOf, rootList, shifted, stepAt } from "./places";

/** Put steps at a place; their ids are theirs. A list that does not exist begins with them. */
export function insert(document: Json, place: Place, steps: readonly JsonObject[]): Edited {
  const made = changed(document, place.list, (there) => {
    const list = Array.isArray(there) ? there : [];
    return [...list.slice(0, place.at), ...steps, ...list.slice(place.at)];
  });
  return { document: made, selected: `${place.list}/${Math.min(place.at, listAt(document, place.list).length)}` };
}

/** Take a step out. An `else` or an `on_error` whose last one it was goes, too. */
export function remove(document: Json, pointer: string): Edited {
  if (!stepAt(document, pointer)) return { document, selected: "" };
  const { list, at } = placeOf(pointer);
  const made = changed(document, list, (there) => {
    const rest = (there as readonly Json[]).filter((_step, place) => place !== at);
    return rest.length === 0 && /\/(?:else|on_error)$/u.test(list) && ownerOf(list) !== "" ? undefined : rest;
  });
  const left = listAt(made, list).length;
  return { document: made, selected: left > 0 ? `${list}/${Math.min(at, left - 1)}` : ownerOf(list) };
}

/** Take a step to another place, as places are counted before. Never into itself. */
export function move(document: Json, pointer: string, place: Place): Edited {
  const from = placeOf(pointer);
  const step = stepAt(document, pointer);
  const nowhere = place.list === from.list && (place.at === from.at || place.at === from.at + 1);
  if (!step || nowhere || place.list.startsWith(`${pointer}/`)) return { document, selected: pointer };
  const without = remove(document, pointer).document;
  const to = {
    list: shifted(place.list, from, -1),
    at: place.list === from.list && place.at > from.at ? place.at - 1 : place.at,
  };
  return insert(without, to, [step]);
}

/** One place up or down in its list; from its first or last place into the list before or after it of the same step. */
export function moveBy(document: Json, pointer: string, by: -1 | 1): Edited {
  const { list, at } = placeOf(pointer);
  const target = at + by;
  if (target >= 0 && target < listAt(document, list).length) return move(document, pointer, { list, at: by < 0 ? target : target + 1 });
  const owner = ownerOf(list);
  const lists = innerLists(stepAt(document, owner) ?? {}, owner).map((one) => one.pointer);
  const next = lists[lists.indexOf(list) + by];
  if (owner === "" || next === undefined) return { document, selected: pointer };
  return move(document, pointer, { list: next, at: by < 0 ? listAt(document, next).length : 0 });
}

/** Into the step before it, at its end, when that one holds steps; else into the one after it, at its beginning. */
export function moveIn(document: Json, pointer: string): Edited {
  const { list, at } = placeOf(pointer);
  const bodies = (neighbour: number) => {
    const there = `${list}/${neighbour}`;
    return innerLists(stepAt(document, there) ?? {}, there).filter((one) => one.role !== "handler").map((one) => one.pointer);
  };
  const before = bodies(at - 1).at(-1);
  if (before !== undefined) return move(document, pointer, { list: before, at: listAt(document, before).length });
  const after = bodies(at + 1)[0];
  return after === undefined ? { document, selected: pointer } : move(document, pointer, { list: after, at: 0 });
}

/** Out of the step that it stands in, behind it. */
export function moveOut(document: Json, pointer: string): Edited {
  const owner = ownerOf(placeOf(pointer).list);
  if (owner === "") return { document, selected: pointer };
  const { list, at } = placeOf(owner);
  return move(document, pointer, { list, at: at + 1 });
}

/** A copy behind it, with ids of its own. */
export function duplicate(document: Json, pointer: string): Edited {
  const step = stepAt(document, pointer);
  if (!step) return { document, selected: pointer };
  const { list, at } = placeOf(pointer);
  return insert(document, { list, at: at + 1 }, freshened([step], takenIds(document)));
}

/** The text that the clipboard gets. */
export function copied(document: Json, pointer: string): string {
  return formatJson([stepAt(document, pointer) ?? {}]);
}

/** Put the steps of a text at a place; ids that are taken are changed. Undefined when the text holds no steps. */
export function paste(document: Json, place: Place, text: string): Edited | undefined {
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }
  const list = isObject(value) && !("steps" in value && !("id" in value)) ? [value] : listAt(value, rootList(value));
  const steps = list.filter(isObject);
  if (steps.length === 0 || steps.length !== list.length || !steps.every((one) => typeof one["id"] === "string")) return undefined;
  return insert(document, place, freshened(steps, takenIds(document)));
}
