/** Branches of a parallel step, cases of a choice, and the lists that a step may have besides. */

import { type Json, type JsonObject, isObject } from "../json";
import { at, changed, pointerTo, split } from "../pointer";
import { ID, freshId } from "./ids";
import { type Edited, ownerOf, stepAt } from "./places";

/** A new, empty branch behind the others. */
export function addBranch(document: Json, pointer: string, wanted = "branch"): Edited {
  const branches = at(document, `${pointer}/branches`);
  const name = freshId(wanted, new Set(isObject(branches) ? Object.keys(branches) : []));
  return { document: changed(document, `${pointer}/branches${pointerTo(name)}`, () => []), selected: pointer };
}

/** Another name for the branch whose list stands at `list`, in its place. Nothing when the name is taken or is none. */
export function renameBranch(document: Json, list: string, name: string): Edited {
  const owner = ownerOf(list);
  const old = split(list).last;
  const branches = at(document, `${owner}/branches`);
  if (!isObject(branches) || !ID.test(name) || Object.hasOwn(branches, name)) return { document, selected: owner };
  const renamed = Object.fromEntries(Object.entries(branches).map(([key, steps]) => [key === old ? name : key, steps]));
  return { document: changed(document, `${owner}/branches`, () => renamed), selected: owner };
}

/** A new case behind the others, without a condition or a step yet. */
export function addCase(document: Json, pointer: string): Edited {
  const made = changed(document, `${pointer}/cases`, (there) => [...(Array.isArray(there) ? there : []), { if: "", steps: [] }]);
  return { document: made, selected: pointer };
}

/** A case up or down: the first whose condition is true runs. */
export function moveCase(document: Json, list: string, by: -1 | 1): Edited {
  const owner = ownerOf(list);
  const from = Number(/\/cases\/(\d+)\/steps$/u.exec(list)?.[1] ?? NaN);
  const made = changed(document, `${owner}/cases`, (there) => {
    if (!Array.isArray(there) || there[from] === undefined || there[from + by] === undefined) return there;
    const cases: Json[] = [...there];
    [cases[from], cases[from + by]] = [cases[from + by]!, cases[from]!];
    return cases;
  });
  return { document: made, selected: owner };
}

/** The steps of when no case applies, empty yet. */
export function addElse(document: Json, pointer: string): Edited {
  return { document: changed(document, `${pointer}/else`, (there) => there ?? []), selected: pointer };
}

/** Steps for when the step has failed for good, empty yet. */
export function addHandler(document: Json, pointer: string): Edited {
  return { document: changed(document, `${pointer}/on_error`, (there) => (Array.isArray(there) ? there : [])), selected: pointer };
}

/** Take a branch, a case, an `else` or a handler away, with the steps inside. The last branch and the last case stay. */
export function removeArm(document: Json, list: string): Edited {
  const owner = ownerOf(list);
  const step: JsonObject = stepAt(document, owner) ?? {};
  if (owner === "" || list === `${owner}/steps`) return { document, selected: owner };
  const isCase = list.startsWith(`${owner}/cases/`);
  const holder = isCase ? step["cases"] : list.startsWith(`${owner}/branches/`) ? step["branches"] : undefined;
  if (holder !== undefined && Object.keys(holder as object).length < 2) return { document, selected: owner };
  return { document: changed(document, isCase ? split(list).parent : list, () => undefined), selected: owner };
}
