// What the tests of the diagram talk to: the module of the console, on a page under the console's own policy.

import { findEdges, findNodes } from "../../frontend/src/flow/found";
import { toMermaid } from "../../frontend/src/flow/mermaid_text";
import { mermaidFile } from "../../frontend/src/flow/mermaid_file";
import { pictureOf, pngOf, textOf } from "../../frontend/src/flow/picture";
import { fileName } from "../../frontend/src/flow/saving";
import mermaid from "../../frontend/node_modules/mermaid";
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
  mark: (marks: Record<string, { change: string; sign: string; word: string }>) => view.mark(new Map(Object.entries(marks))),
  reveal: (pointer: string) => view.uncover(pointer),
  picture: () => textOf(pictureOf(host.querySelector("svg")!, host)),
  png: async (scale: number) => await address(await pngOf(pictureOf(host.querySelector("svg")!, host), scale)),
  fileName,
  // What the file says is understood by mermaid itself, with nothing of ours.
  readAgain: async () => (await mermaid.parse(mermaidFile(view.seen!.text))).diagramType,
  mermaidFile: () => mermaidFile(view.seen!.text),
  differing,
});

/** The pixels of the picture at one address that are not those at the other, of a hundred; both are as large as `box` says. */
async function differing(one: string, other: string, box: { width: number; height: number }): Promise<number> {
  const [first, second] = await Promise.all([one, other].map(async (src) => {
    const image = new Image();
    image.src = src;
    await image.decode();
    const pen = Object.assign(document.createElement("canvas"), box).getContext("2d")!;
    pen.drawImage(image, 0, 0, box.width, box.height);
    return pen.getImageData(0, 0, box.width, box.height).data;
  })) as [Uint8ClampedArray, Uint8ClampedArray];
  let count = 0;
  for (let at = 0; at < first.length; at += 4) {
    if ([0, 1, 2].some((n) => Math.abs(first[at + n]! - second[at + n]!) > 60)) count += 1;
  }
  return (100 * count) / (first.length / 4);
}

function address(blob: Blob): Promise<string> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.readAsDataURL(blob);
  });
}
