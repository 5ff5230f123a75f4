/** A "+" on every edge of a drawing: where a step can be put. */

import type { Edge } from "./mermaid_text";

const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 9;
/** How far from the arrow's point, at most: beyond the head, and clear of a label in the middle. */
const FROM_POINT = 24;
const FROM_POINT_BELOW_LABEL = 15;

/** Draw them, and say which edge each is for. `label` is what is read out. */
export function drawInsertPoints(
  svg: SVGSVGElement, edges: readonly Edge[], paths: ReadonlyMap<string, SVGPathElement>, label: (edge: Edge) => string,
): ReadonlyMap<SVGGElement, Edge> {
  const made = new Map<SVGGElement, Edge>();
  const layer = document.createElementNS(SVG, "g");
  layer.setAttribute("class", "flow-inserts");
  svg.append(layer);
  const whole = svg.getScreenCTM()?.inverse();
  for (const edge of edges) {
    const path = paths.get(edge.id);
    const own = path?.getScreenCTM();
    if (!path || !own || !whole) continue;
    const length = path.getTotalLength();
    const point = path.getPointAtLength(Math.max(length / 2, length - (edge.label ? FROM_POINT_BELOW_LABEL : FROM_POINT))).matrixTransform(whole.multiply(own));
    const plus = button(label(edge));
    plus.setAttribute("transform", `translate(${point.x}, ${point.y})`);
    plus.dataset["edge"] = edge.id;
    layer.append(plus);
    made.set(plus, edge);
  }
  return made;
}

function button(label: string): SVGGElement {
  const plus = document.createElementNS(SVG, "g");
  plus.setAttribute("class", "flow-insert");
  plus.setAttribute("role", "button");
  plus.setAttribute("tabindex", "-1");
  plus.setAttribute("aria-label", label);
  const hit = document.createElementNS(SVG, "circle");
  hit.setAttribute("class", "flow-insert-hit");
  hit.setAttribute("r", "13");
  const circle = document.createElementNS(SVG, "circle");
  circle.setAttribute("r", String(RADIUS));
  const cross = document.createElementNS(SVG, "path");
  cross.setAttribute("d", "M-4 0H4M0-4V4");
  plus.append(hit, circle, cross);
  return plus;
}
