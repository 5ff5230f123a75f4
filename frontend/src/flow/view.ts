/**
 * A diagram in the page: drawn once, then coloured by classes as the steps change state; moved with the scroll bars, the
 * mouse or the arrow keys, made larger and smaller. It shows what a list beside it says in words.
 *
 * Events on the host, with the JSON Pointer of a step as `detail`: `flow:select`.
 */

import { findEdges, findNodes } from "./found";
import { type Flow, type Words, toMermaid } from "./mermaid_text";

export interface StepState {
  state: string;
  /** What is read out: "Fetch, succeeded". */
  words: string;
}

const LEAST = 0.2;
const MOST = 3;

export class FlowView {
  private readonly canvas: HTMLElement;
  private readonly said: HTMLElement | null;
  private document: unknown = [];
  private states: ReadonlyMap<string, StepState> = new Map();
  private closed: ReadonlySet<string> | undefined;
  private flow: Flow | undefined;
  private svg: SVGSVGElement | undefined;
  private nodes: ReadonlyMap<string, SVGGElement> = new Map();
  private scale = 1;
  private direction: "TB" | "LR" = "TB";
  private drawing = 0;

  constructor(private readonly host: HTMLElement, private readonly words: Words) {
    this.canvas = host.querySelector<HTMLElement>(".flow-canvas")!;
    this.said = host.querySelector<HTMLElement>(".flow-said");
    this.listen();
  }

  /** Draw a document. Resolves when it can be seen; says in the page what went wrong otherwise. */
  async show(document: unknown): Promise<void> {
    // Which groups somebody opened or closed is of one document.
    if (document !== this.document) this.closed = undefined;
    this.document = document;
    this.flow = toMermaid(document, { direction: this.direction, words: this.words, closed: this.closed, own: this.host.dataset["own"] });
    this.closed = this.flow.closed;
    const mine = ++this.drawing;
    this.host.dataset["drawn"] = "no";
    if (!this.svg) this.say(this.host.dataset["drawing"] ?? "");
    try {
      const { render } = await import("./render");
      const svg = await render(this.canvas, this.flow.text);
      if (mine !== this.drawing) return;
      this.svg?.remove();
      this.svg = svg;
      this.canvas.append(svg);
      this.nodes = findNodes(svg);
      this.prepare();
      this.fit();
      this.colour(this.states);
      this.say("");
      this.host.dataset["drawn"] = "yes";
    } catch (trouble) {
      this.say(this.host.dataset["failed"] ?? String(trouble));
      throw trouble;
    }
  }

  /** Colour the steps, by their JSON Pointers. Nothing is drawn again. */
  colour(states: ReadonlyMap<string, StepState>): void {
    this.states = states;
    for (const [pointer, id] of this.flow?.nodes ?? []) {
      const node = this.nodes.get(id);
      if (!node) continue;
      const here = states.get(pointer) ?? (this.flow!.closed.has(pointer) ? worst(states, pointer) : undefined);
      const wanted = here ? `flow-is-${here.state.replaceAll("_", "-")}` : "flow-is-ahead";
      if (node.dataset["state"] === wanted) continue;
      if (node.dataset["state"]) node.classList.remove(node.dataset["state"]);
      node.classList.toggle("flow-live", states.size > 0);
      node.classList.add(wanted);
      node.dataset["state"] = wanted;
      if (here && node.getAttribute("role") === "button") node.setAttribute("aria-label", here.words);
    }
  }

  /** Mark the step at a pointer as the one that is looked at. */
  select(pointer: string): void {
    for (const node of this.nodes.values()) node.classList.remove("flow-chosen");
    const id = this.flow?.nodes.get(pointer);
    if (id) this.nodes.get(id)?.classList.add("flow-chosen");
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
      node.setAttribute("aria-label", (node.querySelector<HTMLElement>(".nodeLabel")?.innerText ?? id).replace(/\s+/g, " ").trim());
      first = false;
    }
    this.host.dataset["groups"] = String(this.flow!.groups.size);
  }

  private listen(): void {
    this.canvas.addEventListener("click", (event) => this.press(event.target as Element));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(this.scale * (event.deltaY < 0 ? 1.12 : 1 / 1.12));
    }, { passive: false });
    this.drag();
    this.host.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-flow-act]");
      if (button) this.act(button.dataset["flowAct"]!);
    });
  }

  private act(name: string): void {
    if (name === "in") this.zoom(this.scale * 1.25);
    else if (name === "out") this.zoom(this.scale / 1.25);
    else if (name === "fit") this.fit();
    else if (name === "turn") { this.direction = this.direction === "TB" ? "LR" : "TB"; void this.show(this.document); }
    else if (name === "open") { this.closed = new Set(); void this.show(this.document); }
    else if (name === "close") { this.closed = this.flow?.groups ?? new Set(); void this.show(this.document); }
  }

  private press(target: Element): void {
    const node = target.closest<SVGGElement>("[role=button]");
    const pointer = node && this.pointerOf(node);
    if (!pointer) return;
    if (this.flow!.closed.has(pointer)) {
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
      const order = [...this.flow!.nodes.keys()];
      const next = order[order.indexOf(this.pointerOf(node)!) + step];
      if (next) this.focus(next);
    } else if (node && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      this.press(node);
    } else if (event.key === "+" || event.key === "=") this.zoom(this.scale * 1.25);
    else if (event.key === "-") this.zoom(this.scale / 1.25);
    else if (event.key === "0") this.fit();
  }

  private focus(pointer: string): void {
    for (const node of this.nodes.values()) if (node.hasAttribute("tabindex")) node.setAttribute("tabindex", "-1");
    const node = this.nodes.get(this.flow!.nodes.get(pointer) ?? "");
    node?.setAttribute("tabindex", "0");
    node?.focus();
    node?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private pointerOf(node: SVGGElement): string | undefined {
    for (const [id, one] of this.nodes) if (one === node) return this.flow!.pointers.get(id);
    return undefined;
  }

  private fit(): void {
    const box = this.svg?.viewBox.baseVal;
    if (!box || !box.width) return;
    const room = this.canvas.clientWidth - 32;
    this.zoom(Math.min(1, Math.max(room / box.width, box.width > 3 * room ? 0.5 : LEAST)));
    this.canvas.scrollLeft = (this.canvas.scrollWidth - this.canvas.clientWidth) / 2;
  }

  private zoom(scale: number): void {
    const box = this.svg?.viewBox.baseVal;
    if (!box) return;
    this.scale = Math.min(MOST, Math.max(LEAST, scale));
    this.svg!.style.width = `${box.width * this.scale}px`;
    this.svg!.style.height = `${box.height * this.scale}px`;
  }

  private drag(): void {
    let from: { x: number; y: number; left: number; top: number } | undefined;
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0 || (event.target as Element).closest("g.node")) return;
      from = { x: event.clientX, y: event.clientY, left: this.canvas.scrollLeft, top: this.canvas.scrollTop };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      this.canvas.scrollLeft = from.left - (event.clientX - from.x);
      this.canvas.scrollTop = from.top - (event.clientY - from.y);
    });
    for (const over of ["pointerup", "pointercancel"]) this.canvas.addEventListener(over, () => { from = undefined; });
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
