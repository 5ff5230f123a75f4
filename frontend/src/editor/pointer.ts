/** JSON Pointers (RFC 6901) into frozen values: reading, and changing by copying what stands on the way. */

import { type Json, type JsonObject, isObject } from "./json";

export function tokens(pointer: string): string[] {
  return pointer.split("/").slice(1).map((one) => one.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function pointerTo(...names: (string | number)[]): string {
  return names.map((one) => `/${String(one).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The pointer of what holds `pointer`, and its last token. */
export function split(pointer: string): { parent: string; last: string } {
  const cut = pointer.lastIndexOf("/");
  return { parent: pointer.slice(0, cut), last: tokens(pointer.slice(cut))[0] ?? "" };
}

/** What stands at a pointer; undefined when nothing does. */
export function at(value: Json | undefined, pointer: string): Json | undefined {
  return tokens(pointer).reduce<Json | undefined>((here, token) => below(here, token), value);
}

/** The same value with `change` done to what stands at `pointer`; undefined removes the member or the element. */
export function changed(value: Json, pointer: string, change: (there: Json | undefined) => Json | undefined): Json {
  const [first, ...rest] = tokens(pointer);
  return first === undefined ? (change(value) ?? null) : descend(value, first, rest, change);
}

function descend(value: Json, token: string, rest: string[], change: (there: Json | undefined) => Json | undefined): Json {
  const there = below(value, token);
  const [next, ...more] = rest;
  const made = next === undefined ? change(there) : descend(there ?? {}, next, more, change);
  if (Array.isArray(value)) {
    const place = Number(token);
    return made === undefined ? value.filter((_one, here) => here !== place) : [...value.slice(0, place), made, ...value.slice(place + 1)];
  }
  const holder: JsonObject = isObject(value) ? value : {};
  // Entries, not a spread with an assignment: a key may be called __proto__.
  const entries = Object.entries(holder);
  if (made === undefined) return Object.fromEntries(entries.filter(([key]) => key !== token));
  if (!Object.hasOwn(holder, token)) return Object.fromEntries([...entries, [token, made]]);
  return Object.fromEntries(entries.map(([key, old]) => [key, key === token ? made : old]));
}

function below(value: Json | undefined, token: string): Json | undefined {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d*)$/u.test(token) ? value[Number(token)] : undefined;
  return isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
}
