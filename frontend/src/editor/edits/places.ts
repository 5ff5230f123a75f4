/** Where steps stand in a document, and where one may be put. */

import { everyStep, stepsOf } from "../../flow/document";
import { type Json, type JsonObject, isObject } from "../json";
import { at, split } from "../pointer";

/** What an edit made, and the JSON Pointer of the step to look at afterwards; "" none. */
export interface Edited { document: Json; selected: string }

/** A place for a step: before the one that stands at `at` in the list at the JSON Pointer `list`, which may not exist yet. */
export interface Place { list: string; at: number }

/** The pointer of the outermost list: of a bare array "", of an envelope "/steps". */
export function rootList(document: Json): string {
  return stepsOf(document).pointer;
}

export function listAt(document: Json, list: string): readonly Json[] {
  const found = at(document, list);
  return Array.isArray(found) ? found : [];
}

export function stepAt(document: Json, pointer: string): JsonObject | undefined {
  const found = pointer === "" ? undefined : at(document, pointer);
  return isObject(found) ? found : undefined;
}

/** The place at which the step at a pointer stands. */
export function placeOf(pointer: string): Place {
  const { parent, last } = split(pointer);
  return { list: parent, at: Number(last) };
}

const LIST_OF_STEP = /^(\/\d+)\/(?:steps|else|on_error|branches\/[^/]+|cases\/\d+\/steps)/u;

/** The pointer of the step that a list belongs to; "" for the outermost. */
export function ownerOf(list: string): string {
  let owner = "";
  // From the left, token by token: a list may be called as a key is, and a case has a number as a step has.
  let here = list.startsWith("/steps") ? "/steps".length : 0;
  for (let found = LIST_OF_STEP.exec(list.slice(here)); found; found = LIST_OF_STEP.exec(list.slice(here))) {
    owner = list.slice(0, here + found[1]!.length);
    here += found[0].length;
  }
  return owner;
}

/** The step that a pointer into the document leads into, as near as can be; "" when it leads into none. */
export function stepAround(document: Json, pointer: string): string {
  let nearest = "";
  for (const { pointer: one } of everyStep(document)) if (pointer === one || pointer.startsWith(`${one}/`)) nearest = one;
  return nearest;
}

/** A pointer after the step at `place` is gone (`by` -1) or one was put there (`by` 1). */
export function shifted(pointer: string, place: Place, by: number): string {
  const start = `${place.list}/`;
  if (!pointer.startsWith(start)) return pointer;
  const [token = "", ...rest] = pointer.slice(start.length).split("/");
  const here = /^\d+$/u.test(token) ? Number(token) : -1;
  const moved = by < 0 ? here > place.at : here >= place.at;
  return moved ? [`${place.list}/${here + by}`, ...rest].join("/") : pointer;
}
