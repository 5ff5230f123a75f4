/** The data that can be named at a place of the document, in components. */

import { useMemo } from "preact/hooks";
import { isObject } from "../../json";
import { useValue } from "../../using";
import { useServices } from "../services";
import { type Datum, rootsOf } from "./data";
import { visibleFrom } from "./visible";

export function useRoots(pointer: string): Datum[] {
  const document = useValue((state) => state.document);
  const run = useValue((state) => state.run);
  const index = useValue((state) => state.index);
  const pins = useValue((state) => state.pins);
  const visible = useMemo(() => visibleFrom(document, pointer), [document, pointer]);
  const services = useServices(visible.steps.flatMap((seen) => callsIn(seen.step)));
  return useMemo(() => rootsOf(visible, { document, services, run, index, pins }), [visible, document, services, run, index, pins]);
}

/** Services whose output a step's own output may be made of: its own, and those of the last steps inside. */
function callsIn(step: unknown, depth = 0): string[] {
  if (!isObject(step) || depth > 8) return [];
  if (typeof step["uses"] === "string") return [step["uses"]];
  const lists = [step["steps"], ...(isObject(step["branches"]) ? Object.values(step["branches"]) : [])];
  return lists.flatMap((list) => (Array.isArray(list) ? callsIn(list.at(-1), depth + 1) : []));
}
