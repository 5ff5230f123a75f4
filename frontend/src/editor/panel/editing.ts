/** Changes that the panel makes to the document: a member set, or taken out when it says nothing. */

import { type Json, type JsonObject, isObject } from "../json";
import { at, changed, pointerTo, split } from "../pointer";
import { useStore } from "../using";

export type Put = (pointer: string, value: Json | undefined) => void;

/** Keys in the order in which people read them; what is added finds its place among those that are there. */
const OF_DOCUMENT = ["schema", "name", "description", "inputs", "vars", "timeout", "steps", "output"];
const OF_STEP = [
  "id", "name", "if", "foreach", "concurrency", "uses", "with", "credential", "steps", "branches", "join", "cases", "else", "wait", "approval",
  "retry", "timeout", "on_error", "output", "mock", "labels",
];

/** Sets what stands at a pointer; undefined takes it out. Typing into one field is undone as one. */
export function usePut(): Put {
  const store = useStore();
  return (pointer, value) => store.change((document) => ({ document: put(document, pointer, value) }), `put ${pointer}`);
}

/** Sets a member of the document itself; a bare list of steps gets an object around it. */
export function usePutInDocument(): (key: string, value: Json | undefined) => void {
  const store = useStore();
  return (key, value) => store.change((document) => {
    if (isObject(document)) return { document: put(document, pointerTo(key), value) };
    if (value === undefined) return { document };
    const { selected } = store.state;
    return { document: put({ steps: document }, pointerTo(key), value), selected: selected === "" ? "" : `/steps${selected}` };
  }, `put /${key}`);
}

/** As `usePut`, and takes out the object that held it when nothing is left in it, up to `owner`'s member. */
export function usePutOrPrune(owner: string): Put {
  const store = useStore();
  return (pointer, value) => store.change((document) => ({ document: pruned(put(document, pointer, value), pointer, owner) }), `put ${pointer}`);
}

function put(document: Json, pointer: string, value: Json | undefined): Json {
  const made = changed(document, pointer, () => value);
  const { parent, last } = split(pointer);
  const order = parent === "" ? OF_DOCUMENT : /\/\d+$/u.test(parent) ? OF_STEP : [];
  const before = at(document, parent);
  const added = value !== undefined && order.includes(last) && isObject(before) && !Object.hasOwn(before, last);
  return added ? changed(made, parent, (holder) => placed(holder as JsonObject, last, order)) : made;
}

/** The member that stands last put before the first one that is read after it. */
function placed(holder: JsonObject, key: string, order: readonly string[]): JsonObject {
  const others = Object.entries(holder).filter(([name]) => name !== key);
  const after = others.findIndex(([name]) => order.indexOf(name) > order.indexOf(key));
  return after < 0 ? holder : Object.fromEntries([...others.slice(0, after), [key, holder[key]!], ...others.slice(after)]);
}

function pruned(document: Json, pointer: string, owner: string): Json {
  const { parent } = split(pointer);
  if (parent === owner || !parent.startsWith(`${owner}/`)) return document;
  const holder = at(document, parent);
  return isObject(holder) && Object.keys(holder).length === 0 ? pruned(changed(document, parent, () => undefined), parent, owner) : document;
}

/** A list with two neighbours changed over. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const made = [...list];
  const [one] = made.splice(from, 1);
  if (one !== undefined) made.splice(to, 0, one);
  return made;
}
