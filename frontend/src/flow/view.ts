/**
 * A diagram in the page: drawn once, then coloured by classes as the steps change state; moved with the scroll bars, the
 * mouse or the arrow keys, made larger and smaller. It shows what a list beside it says in words.
 *
 * Events on the host: `flow:select` with the JSON Pointer of a step as `detail`; where steps can be put in, `flow:insert`
 * with the edge.
 */

import { carrier } from "./carrying";
import { countSteps, everyStep, stepsOf } from "./document";
import { findEdges, findNodes } from "./found";
import { drawInsertPoints } from "./inserting";
import { type Edge, type Flow, MOST_OPEN, type Mark, type Words, toMermaid } from "./mermaid_text";
import { Moving } from "./moving";
import { walkOrder } from "./order";

export interface StepState {
  state: string;
  /** What is read out: "Fetch, succeeded". */
  words: string;
}

export interface Options {
  /**
   * What the "+" on an edge says: between two steps ("start" and "end" being the words of both ends of the workflow), on a
   * way that has a name, or inside a step. Without it there is none.
   */
  insert?: { between(from: string, to: string): string; way(from: string, way: string): string; inside(name: string): string; start: string; end: string };
}

export class FlowView {
  private readonly canvas: HTMLElement;
  private readonly said: HTMLElement | null;
  private document: unknown = [];
  private states: ReadonlyMap<string, StepState> = new Map();
  private closed: ReadonlySet<string> | undefined;
  private marks: ReadonlyMap<string, Mark> = new Map();
  private flow: Flow | undefined;
  private svg: SVGSVGElement | undefined;
  private nodes: ReadonlyMap<string, SVGGElement> = new Map();
  private inserts: ReadonlyMap<SVGGElement, Edge> = new Map();
  private chosen = "";
  private drawn = "";
  private readonly moving: Moving;
  private direction: "TB" | "LR" = "TB";
  private drawing = 0;

  constructor(private readonly host: HTMLElement, private readonly words: Words, private readonly options: Options = {}) {
    this.canvas = host.querySelector<HTMLElement>(".flow-canvas")!;
    this.moving = new Moving(this.canvas);
    this.said = host.querySelector<HTMLElement>(".flow-said");
    this.listen();
  }

  /**
   * Draw a document. Resolves when it can be seen; says in the page what went wrong otherwise. What somebody opened, closed
   * or moved stays so for the steps that are still there. `chosen` is the pointer of the step to mark, by default the same step.
   */
  async show(document: unknown, chosen?: string): Promise<void> {
    const carry = carrier(this.document, document);
    const grown = countSteps(stepsOf(document).steps) > MOST_OPEN && countSteps(stepsOf(this.document).steps) <= MOST_OPEN;
    this.closed = this.closed && !grown ? new Set([...this.closed].map(carry).filter((one) => one !== undefined)) : undefined;
    const anchor = this.anchor(carry);
    this.chosen = chosen ?? carry(this.chosen) ?? "";
    this.document = document;
    const flow = toMermaid(document, { direction: this.direction, words: this.words, closed: this.closed, own: this.host.dataset["own"], marks: this.marks });
    this.closed = flow.closed;
    const mine = ++this.drawing;
    if (this.svg && flow.text === this.drawn) {
      this.select(this.chosen);
      this.say("");
      this.host.dataset["drawn"] = "yes";
      return;
    }
    this.host.dataset["drawn"] = "no";
    if (!this.svg) this.say(this.host.dataset["drawing"] ?? "");
    try {
      const { render } = await import("./render");
      const svg = await render(this.canvas, flow.text);
      if (mine !== this.drawing) return;
      const first = !this.svg;
      const focused = this.focused();
      this.svg?.remove();
      [this.svg, this.flow, this.drawn] = [svg, flow, flow.text];
      this.canvas.append(svg);
      this.nodes = findNodes(svg);
      this.prepare();
      this.moving.take(svg, anchor);
      if (first) this.moving.fit();
      this.colour(this.states);
      this.select(this.chosen);
      if (focused) this.focus(this.chosen);
      this.say("");
      this.host.dataset["drawn"] = "yes";
    } catch (trouble) {
      if (mine !== this.drawing) return;
      this.say(this.host.dataset["failed"] ?? String(trouble));
      throw trouble;
    }
  }

  /** Say something over the drawing that is there; "" nothing. */
  note(words: string): void {
    this.say(words);
  }

  /** Where the chosen step is on the screen, and where it is after the next drawing. */
  private anchor(carry: (pointer: string) => string | undefined): { before: DOMRect; now(): DOMRect | undefined } | undefined {
    const before = this.nodeAt(this.chosen)?.getBoundingClientRect();
    const seen = this.canvas.getBoundingClientRect();
    if (!before || before.bottom < seen.top || before.top > seen.bottom) return undefined;
    const then = carry(this.chosen);
    return then === undefined ? undefined : { before, now: () => this.nodeAt(then)?.getBoundingClientRect() };
  }

  /** The states that the next drawing has. */
  keep(states: ReadonlyMap<string, StepState>): void {
    this.states = states;
  }

  /** Colour the steps, by their JSON Pointers. Nothing is drawn again. */
  colour(states: ReadonlyMap<string, StepState>): void {
    this.states = states;
    for (const [pointer, id] of this.flow?.nodes ?? []) {
      const node = this.nodes.get(id);
      if (!node) continue;
      const here = states.get(pointer) ?? (this.flow!.closed.has(pointer) ? worst(states, pointer) : undefined);
      const wanted = here ? `flow-is-${here.state.replaceAll("_", "-")}` : "flow-is-ahead";
      node.classList.toggle("flow-live", states.size > 0);
      if (node.dataset["state"] === wanted) continue;
      if (node.dataset["state"]) node.classList.remove(node.dataset["state"]);
      node.classList.add(wanted);
      node.dataset["state"] = wanted;
      if (node.getAttribute("role") === "button") node.setAttribute("aria-label", here?.words ?? node.dataset["name"] ?? "");
    }
  }

  /** Mark steps the next time that a document is drawn, by their JSON Pointers. */
  mark(marks: ReadonlyMap<string, Mark>): void {
    this.marks = marks;
  }

  /** Open what stands around the step at a pointer, mark it as the one that is looked at, and bring it into the middle. */
  async uncover(pointer: string): Promise<void> {
    const around = [...(this.flow?.closed ?? [])].filter((one) => pointer.startsWith(`${one}/`));
    if (around.length) {
      this.closed = new Set([...this.flow!.closed].filter((one) => !around.includes(one)));
      await this.show(this.document);
    }
    this.select(pointer);
    const node = this.nodeAt(pointer);
    if (!node) return;
    const [there, room] = [node.getBoundingClientRect(), this.canvas.getBoundingClientRect()];
    this.canvas.scrollBy(there.x + there.width / 2 - room.x - room.width / 2, there.y + there.height / 2 - room.y - room.height / 2);
  }

  /** What is drawn, as it is seen, and its mermaid text; nothing before it is drawn. */
  get seen(): { svg: SVGSVGElement; text: string } | undefined {
    return this.svg && this.flow ? { svg: this.svg, text: this.flow.text } : undefined;
  }

  /** Mark the step at a pointer as the one that is looked at, or the closed group that it is in. */
  select(pointer: string): void {
    this.chosen = pointer;
    for (const node of this.nodes.values()) node.classList.remove("flow-chosen");
    this.nodeAt(pointer)?.classList.add("flow-chosen");
  }

  /** Bring the step at a pointer into view. */
  reveal(pointer: string): void {
    this.nodeAt(pointer)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private nodeAt(pointer: string): SVGGElement | undefined {
    if (pointer === "" || !this.flow) return undefined;
    const shown = this.flow.nodes.has(pointer) ? pointer : [...this.flow.closed].find((one) => pointer.startsWith(`${one}/`));
    return this.nodes.get(this.flow.nodes.get(shown ?? "") ?? "");
  }

  get edges(): ReadonlyMap<string, SVGPathElement> {
    return this.svg ? findEdges(this.svg) : new Map();
  }

  private prepare(): void {
    const svg = this.svg!;
    svg.setAttribute("role", "group");
    svg.removeAttribute("aria-roledescription");
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    for (const box of svg.querySelectorAll<SVGGElement>("g.cluster")) aside(box);
    let first = true;
    for (const [id, node] of this.nodes) {
      if (!this.flow!.pointers.has(id)) continue;
      node.setAttribute("role", "button");
      node.setAttribute("tabindex", first ? "0" : "-1");
      const words = (node.querySelector<HTMLElement>(".nodeLabel")?.innerText ?? id).replace(/\s+/g, " ").trim();
      const mark = this.marks.get(this.flow!.pointers.get(id)!);
      node.dataset["name"] = mark ? `${words.replace(mark.sign, "").trim()}, ${mark.word}` : words;
      node.setAttribute("aria-label", node.dataset["name"]);
      first = false;
    }
    this.host.dataset["groups"] = String(this.flow!.groups.size);
    const { insert } = this.options;
    this.inserts = insert ? drawInsertPoints(svg, this.flow!.edges, findEdges(svg), (edge) => this.insertWords(edge)) : new Map();
  }

  private insertWords(edge: Edge): string {
    const insert = this.options.insert!;
    const [from, to] = [this.spoken(edge.from, insert.start), this.spoken(edge.to, insert.end)];
    if (edge.label) return insert.way(from, edge.label);
    return from === to ? insert.inside(from) : insert.between(from, to);
  }

  /** What a node is called: of a way in or out, the step that it belongs to. */
  private spoken(node: string, otherwise: string): string {
    const pointer = this.flow!.pointers.get(node) ?? this.flow!.pointers.get(node.replace(/_(?:in|out)$/u, ""));
    const step = everyStep(this.document).find((one) => one.pointer === pointer)?.step;
    return step ? String(step["name"] ?? step["id"] ?? "") : otherwise;
  }

  private listen(): void {
    this.canvas.addEventListener("click", (event) => this.press(event.target as Element));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.host.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-flow-act]");
      if (button) this.act(button.dataset["flowAct"]!);
    });
  }

  private act(name: string): void {
    if (name === "in") this.moving.zoom(this.moving.scale * 1.25);
    else if (name === "out") this.moving.zoom(this.moving.scale / 1.25);
    else if (name === "fit") this.moving.fit();
    else if (name === "turn") { this.direction = this.direction === "TB" ? "LR" : "TB"; void this.show(this.document); }
    else if (name === "open") { this.closed = new Set(); void this.show(this.document); }
    else if (name === "close") { this.closed = this.flow?.groups ?? new Set(); void this.show(this.document); }
  }

  private press(target: Element): void {
    const node = target.closest<SVGGElement>("[role=button]");
    const edge = node && this.inserts.get(node);
    if (edge) this.host.dispatchEvent(new CustomEvent<Edge>("flow:insert", { detail: edge, bubbles: true }));
    const pointer = node && this.pointerOf(node);
    if (!pointer) return;
    // Where one edits, a closed group is chosen first and opened then: it can be looked at without its steps.
    if (this.flow!.closed.has(pointer) && (!this.options.insert || this.chosen === pointer)) {
      this.closed = new Set([...this.flow!.closed].filter((one) => one !== pointer));
      void this.show(this.document).then(() => this.focus(pointer));
      return;
    }
    this.select(pointer);
    this.host.dispatchEvent(new CustomEvent("flow:select", { detail: pointer, bubbles: true }));
  }

  private key(event: KeyboardEvent): void {
    const node = (event.target as Element).closest<SVGGElement>("[role=button]");
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (node && step) {
      event.preventDefault();
      const order = walkOrder(this.flow!).filter((one) => typeof one === "string" || this.inserts.size > 0);
      const next = order[order.indexOf(this.inserts.get(node) ?? this.pointerOf(node)!) + step];
      if (next) this.focus(next);
    } else if (node && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      this.press(node);
    } else if (event.key === "+" || event.key === "=") this.moving.zoom(this.moving.scale * 1.25);
    else if (event.key === "-") this.moving.zoom(this.moving.scale / 1.25);
    else if (event.key === "0") this.moving.fit();
  }

  private focused(): boolean {
    return this.svg?.contains(document.activeElement) ?? false;
  }

  private focus(place: string | Edge): void {
    const marks = [...this.nodes.values(), ...this.inserts.keys()];
    const mark = typeof place === "string" ? this.nodeAt(place) : [...this.inserts].find(([, edge]) => edge === place)?.[0];
    if (!mark) return;
    for (const one of marks) if (one.hasAttribute("tabindex")) one.setAttribute("tabindex", "-1");
    mark.setAttribute("tabindex", "0");
    mark.focus({ preventScroll: true });
    mark.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private pointerOf(node: SVGGElement): string | undefined {
    for (const [id, one] of this.nodes) if (one === node) return this.flow!.pointers.get(id);
    return undefined;
  }

  private say(words: string): void {
    if (!this.said) return;
    this.said.textContent = words;
    this.said.hidden = words === "";
  }
}

/** Put the title of a box into its corner: in the middle the way in would go through it. */
function aside(box: SVGGElement): void {
  const rect = box.querySelector(":scope > rect");
  const title = box.querySelector(":scope > .cluster-label");
  if (rect && title) title.setAttribute("transform", `translate(${Number(rect.getAttribute("x")) + 12}, ${Number(rect.getAttribute("y")) + 4})`);
}

const WORST_FIRST = ["failed", "timed_out", "waiting", "running", "paused", "queued", "cancelled", "succeeded", "skipped"];

/** The state of whatever stands inside a closed group that most needs to be seen. */
function worst(states: ReadonlyMap<string, StepState>, pointer: string): StepState | undefined {
  return [...states].filter(([one]) => one.startsWith(`${pointer}/`)).map(([, state]) => state)
    .sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state))[0];
}
