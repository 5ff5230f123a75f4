/**
 * Where mermaid put things, which is a contract that its versions may break: tests/browser holds it.
 * A node or box `s1` becomes `g[id$="flowchart-s1-N"]` or `g.cluster[id$="s1"]`; an edge `e0` has `data-id="e0"`.
 */

/** Elements by node id. */
export function findNodes(svg: SVGSVGElement): Map<string, SVGGElement> {
  const found = new Map<string, SVGGElement>();
  for (const node of svg.querySelectorAll<SVGGElement>('g.node[id*="flowchart-"]')) {
    const id = /flowchart-(.+)-\d+$/u.exec(node.id)?.[1];
    if (id) found.set(id, node);
  }
  for (const box of svg.querySelectorAll<SVGGElement>("g.cluster")) {
    const id = box.dataset["id"] ?? box.id.replace(/^flow-\d+-/u, "");
    if (id) found.set(id, box);
  }
  return found;
}

/** Paths by edge id. */
export function findEdges(svg: SVGSVGElement): Map<string, SVGPathElement> {
  const found = new Map<string, SVGPathElement>();
  for (const path of svg.querySelectorAll<SVGPathElement>("path[data-id]")) if (path.dataset["id"]) found.set(path.dataset["id"], path);
  return found;
}
