/** In which order the arrow keys go through a drawing: a step, the ways that leave it, what is inside it, the next step. */

import type { Edge, Flow } from "./mermaid_text";

/** Pointers of steps, and edges between them. */
export function walkOrder(flow: Flow): (string | Edge)[] {
  const pointers = [...flow.nodes.keys()];
  const from = new Map<string, Edge[]>();
  for (const edge of flow.edges) {
    const place = leaves(edge.from, flow, pointers);
    from.set(place, [...(from.get(place) ?? []), edge]);
  }
  return [...(from.get("") ?? []), ...pointers.flatMap((pointer) => [pointer, ...(from.get(pointer) ?? [])])];
}

/** The pointer of the step after which an edge comes: its own, or, where it leaves a box, the last inside. */
function leaves(node: string, flow: Flow, pointers: readonly string[]): string {
  const own = flow.pointers.get(node);
  if (own !== undefined) return own;
  const [, id = "", way = ""] = /^(.*)_(in|out)$/u.exec(node) ?? [];
  const pointer = flow.pointers.get(id);
  if (pointer === undefined) return "";
  return way === "in" ? pointer : pointers.filter((one) => one === pointer || one.startsWith(`${pointer}/`)).at(-1)!;
}
