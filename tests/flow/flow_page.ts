// What the tests of the diagram talk to: the module of the console, on a page under the console's own policy.

import { findEdges, findNodes } from "../../frontend/src/flow/found";
import { toMermaid } from "../../frontend/src/flow/mermaid_text";
import { FlowView } from "../../frontend/src/flow/view";
import { ENGLISH } from "../../frontend/src/flow/mermaid_text";

const host = document.querySelector<HTMLElement>(".flow")!;
const view = new FlowView(host, ENGLISH);
const selected: string[] = [];
host.addEventListener("flow:select", (event) => selected.push((event as CustomEvent<string>).detail));

Object.assign(window, {
  text: (document_: unknown) => {
    const flow = toMermaid(document_);
    return { text: flow.text, nodes: Object.fromEntries(flow.nodes), edges: flow.edges, closed: [...flow.closed], groups: [...flow.groups] };
  },
  show: async (document_: unknown) => {
    const flow = toMermaid(document_);
    await view.show(document_);
    const svg = host.querySelector("svg")!;
    return {
      wanted: [...flow.nodes.values()], drawn: [...findNodes(svg).keys()],
      wantedEdges: flow.edges.map((edge) => edge.id), drawnEdges: [...findEdges(svg).keys()],
      labels: [...svg.querySelectorAll(".nodeLabel, span.edgeLabel")].map((one) => one.textContent),
      elements: [...new Set([...svg.querySelectorAll("*")].map((one) => one.tagName.toLowerCase()))],
      attributes: [...new Set([...svg.querySelectorAll("*")].flatMap((one) => [...one.attributes].map((a) => a.name)))],
      cut: [...svg.querySelectorAll("g.node foreignObject")].filter((one) => {
        const label = one.querySelector("div")!.getBoundingClientRect();
        const room = one.closest("g.node")!.getBoundingClientRect();
        return label.width > room.width + 1 || label.height > room.height + 1;
      }).length,
    };
  },
  colour: (states: Record<string, string>) => view.colour(new Map(Object.entries(states).map(([at, state]) => [at, { state, words: `${at} ${state}` }]))),
  classes: (id: string) => [...(findNodes(host.querySelector("svg")!).get(id)?.classList ?? [])],
  drawing: () => host.querySelector("svg")!.id,
  selected,
});
