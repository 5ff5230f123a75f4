/**
 * Document → mermaid flowchart. Pure: no DOM, no mermaid.
 *
 * Ids of nodes come from places in the document and never from its text: the node of the step at `/steps/1/steps/0`
 * is `ssteps_1_steps_0`. Every edge has an id of its own and says between which places it stands, so that an editor can insert there.
 */

import { type Inner, type Step, countSteps, innerLists, kindOf, stepsOf, text } from "./document";
import { label } from "./labels";

/** Documents of more steps than this are drawn with their groups closed. */
export const MOST_OPEN = 60;

export interface Words {
  /** "yes", on the way from a condition to what it guards. */
  yes: string;
  no: string;
  otherwise: string;
  onError: string;
  /** "{count} steps", inside a group that is closed. */
  steps: string;
  title: string;
}

export const ENGLISH: Words = { yes: "yes", no: "no", otherwise: "else", onError: "on error", steps: "{count} steps", title: "Workflow" };

export interface Options {
  direction?: "TB" | "LR";
  words?: Words;
  /** Short name of the organization that looks: its own services are written without it. */
  own?: string;
  /** Pointers of groups that are closed. Without it: none up to `MOST_OPEN` steps, then all of the outermost. */
  closed?: ReadonlySet<string>;
  /** Steps that are marked, by their pointers. Groups around them are open unless `closed` says otherwise. */
  marks?: ReadonlyMap<string, Mark>;
}

/** What is said of a step beside what it is: a sign before its name, and a class `flow-mark-…` for its colour. */
export interface Mark {
  change: string;
  sign: string;
  /** The sign in words, for who cannot see it. */
  word: string;
}

export interface Edge {
  id: string;
  from: string;
  to: string;
  /** Where a step that is put on this edge would stand: the list's pointer, and the place in it. */
  list: string;
  at: number;
  /** What is written on it; "" nothing. */
  label: string;
}

export interface Flow {
  text: string;
  /** By the JSON Pointer of a step: the id of its node, or of its box when it is an open group. */
  nodes: ReadonlyMap<string, string>;
  /** The same the other way round. */
  pointers: ReadonlyMap<string, string>;
  edges: readonly Edge[];
  /** Pointers of groups that are drawn closed, and of all that could be. */
  closed: ReadonlySet<string>;
  groups: ReadonlySet<string>;
}

/** What an edge comes from: a node, what is written on the edge, and where a step put on it would stand when that is elsewhere. */
interface Exit { node: string; label?: string; list?: string; at?: number }

export function toMermaid(document: unknown, options: Options = {}): Flow {
  const { steps, pointer } = stepsOf(document);
  const groups = new Set<string>();
  collectGroups(steps, pointer, groups);
  const marks = options.marks ?? NO_MARKS;
  const closed = options.closed ?? (countSteps(steps) > MOST_OPEN ? without(outermost(groups), marks) : new Set<string>());
  return new Drawing(options.direction ?? "TB", options.words ?? ENGLISH, closed, groups, options.own ?? "", marks).draw(steps, pointer);
}

/** The id of the node of the step at a JSON Pointer. */
export function nodeId(pointer: string): string {
  return `s${pointer.slice(1).replace(/[^A-Za-z0-9]/gu, (one) => (one === "/" ? "_" : `x${one.codePointAt(0)!.toString(16)}x`))}`;
}

const NO_MARKS: ReadonlyMap<string, Mark> = new Map();

class Drawing {
  private readonly lines: string[] = [];
  private readonly nodes = new Map<string, string>();
  private readonly pointers = new Map<string, string>();
  private readonly edges: Edge[] = [];

  constructor(
    private readonly direction: "TB" | "LR",
    private readonly words: Words,
    private readonly closed: ReadonlySet<string>,
    private readonly groups: ReadonlySet<string>,
    private readonly own: string,
    private readonly marks: ReadonlyMap<string, Mark>,
  ) {}

  draw(steps: readonly Step[], pointer: string): Flow {
    this.lines.push(`flowchart ${this.direction}`, `accTitle: ${label(this.words.title, 100)}`);
    this.lines.push('begin([" "]):::flow-end');
    const exits = this.list(steps, pointer, [{ node: "begin" }]);
    this.lines.push('finish([" "]):::flow-end');
    this.join(exits, "finish", pointer, steps.length);
    return {
      text: this.lines.join("\n"), nodes: this.nodes, pointers: this.pointers, edges: this.edges, closed: this.closed, groups: this.groups,
    };
  }

  /** Draw the steps of the list at `pointer`, reached from `entry`; where one leaves it. */
  private list(steps: readonly Step[], pointer: string, entry: Exit[]): Exit[] {
    return steps.reduce((exits, step, place) => this.step(step, `${pointer}/${place}`, exits, pointer, place), entry);
  }

  private step(step: Step, pointer: string, entry: Exit[], list: string, place: number): Exit[] {
    const id = nodeId(pointer);
    this.nodes.set(pointer, id);
    this.pointers.set(id, pointer);
    const kind = kindOf(step);
    const inner = innerLists(step, pointer);
    const body = inner.filter((one) => one.role !== "handler");
    let exits: Exit[];
    if (kind === "choice" && !this.closed.has(pointer)) exits = this.choice(step, id, body, entry, list, place);
    else if (body.length > 0 && !this.closed.has(pointer)) exits = this.box(step, id, body, entry, list, place, kind === "parallel");
    else {
      this.lines.push(this.node(step, id, body));
      this.join(entry, id, list, place);
      exits = [{ node: id }];
    }
    const handler = inner.find((one) => one.role === "handler");
    if (handler) {
      const handled = this.list(handler.steps, handler.pointer, [{ node: this.anchor(id), label: this.words.onError }]);
      exits = [...exits, ...handled.map((exit) => ({ list: handler.pointer, at: handler.steps.length, ...exit }))];
    }
    return exits;
  }

  private node(step: Step, id: string, body: Inner[]): string {
    const kind = kindOf(step);
    const many = "foreach" in step;
    const [open, close] = SHAPES[body.length ? "group" : kind] ?? ['["', '"]'];
    const folded = body.length ? this.words.steps.replace("{count}", String(body.reduce((sum, one) => sum + countSteps(one.steps), 0))) : "";
    const second = folded || detail(step, this.own);
    const title = `${this.sign(id)}${many ? "#8635; " : ""}${label(step["name"] ?? step["id"], 34) || "#8230;"}`;
    const css = [`flow-${body.length ? "closed" : many ? "foreach-call" : kind}`, "if" in step ? "flow-guarded" : ""];
    return `${id}${open}${title}${second ? `<br/>${label(second, 38)}` : ""}${close}\n${this.classes(id, ...css)}`;
  }

  /** A group, or branches side by side, as a box with a way in and a way out. */
  private box(step: Step, id: string, body: Inner[], entry: Exit[], list: string, place: number, split: boolean): Exit[] {
    const many = "foreach" in step ? "#8635; " : "";
    this.lines.push(`subgraph ${id}["${this.sign(id)}${many}${label(step["name"] ?? step["id"], 40) || "#8230;"}"]`, `direction ${this.direction}`);
    this.lines.push(`${id}_in((" ")):::flow-dot`);
    const inside = body.flatMap((one) => {
      const exits = this.list(one.steps, one.pointer, [split ? { node: `${id}_in`, label: one.title } : { node: `${id}_in` }]);
      return exits.map((exit) => ({ exit, list: one }));
    });
    this.lines.push(`${id}_out((" ")):::flow-dot`);
    for (const { exit, list: one } of inside) this.join([exit], `${id}_out`, one.pointer, one.steps.length);
    this.lines.push("end", this.classes(id, "flow-box"));
    this.join(entry, `${id}_in`, list, place);
    return [{ node: `${id}_out` }];
  }

  private choice(step: Step, id: string, body: Inner[], entry: Exit[], list: string, place: number): Exit[] {
    this.lines.push(`${id}{{"${this.sign(id)}${label(step["name"] ?? step["id"], 34) || "#8230;"}"}}`, this.classes(id, "flow-choice"));
    this.join(entry, id, list, place);
    const arms = body.map((one) => ({ one, exits: this.list(one.steps, one.pointer, [{ node: id, label: this.arm(one, body.length) }]) }));
    this.lines.push(`${id}_out((" ")):::flow-dot`);
    for (const { one, exits } of arms) this.join(exits, `${id}_out`, one.pointer, one.steps.length);
    // Without an else the way goes on past the cases; a step that is put on it begins one.
    if (!body.some((one) => one.role === "else")) this.join([{ node: id, label: body.length > 1 ? this.words.otherwise : this.words.no }], `${id}_out`, `${this.pointers.get(id)!}/else`, 0);
    return [{ node: `${id}_out` }];
  }

  private arm(one: Inner, arms: number): string {
    if (one.role === "else") return this.words.otherwise;
    return arms > 2 || !one.title ? expression(one.title) || this.words.yes : expression(one.title).length > 26 ? this.words.yes : expression(one.title);
  }

  /** What edges to a step's handler come from: of a box, its way out. */
  private anchor(id: string): string {
    const pointer = this.pointers.get(id)!;
    return this.groups.has(pointer) && !this.closed.has(pointer) ? `${id}_out` : id;
  }

  private mark(id: string): Mark | undefined {
    return this.marks.get(this.pointers.get(id)!);
  }

  private sign(id: string): string {
    const mark = this.mark(id);
    return mark ? `${label(mark.sign, 2)} ` : "";
  }

  /** A line for each class of a node: mermaid takes a list of them for one. */
  private classes(id: string, ...names: string[]): string {
    const mark = this.mark(id);
    const marked = mark ? `flow-mark-${mark.change.replace(/[^a-z]/gu, "")}` : "";
    return [...names, marked].filter(Boolean).map((name) => `class ${id} ${name}`).join("\n");
  }

  private join(exits: Exit[], to: string, list: string, at: number): void {
    for (const exit of exits) {
      const id = `e${this.edges.length}`;
      this.edges.push({ id, from: exit.node, to, list: exit.list ?? list, at: exit.at ?? at, label: exit.label ?? "" });
      this.lines.push(`${exit.node} ${id}@-->${exit.label ? `|"${label(exit.label, 26)}"|` : ""} ${to}`);
    }
  }
}

const SHAPES: Record<string, [string, string]> = {
  call: ['["', '"]'], wait: ['(["', '"])'], approval: ['[/"', '"\\]'], choice: ['{{"', '"}}'], group: ['[["', '"]]'], unknown: ['["', '"]'],
};

/** The second line of a node. */
function detail(step: Step, own: string): string {
  switch (kindOf(step)) {
    case "call": {
      const [organization = "", ...rest] = text(step["uses"]).split("/");
      return rest.length === 2 && (organization === own || organization === "house") ? rest.join("/") : text(step["uses"]);
    }
    case "wait": return typeof step["wait"] === "string" ? step["wait"] : "";
    case "approval": return text((step["approval"] as { title?: unknown } | null)?.title);
    default: return "";
  }
}

/** A condition without the braces around it. */
function expression(condition: string): string {
  return condition.replace(/^\s*\{\{|\}\}\s*$/gu, "").trim();
}

function collectGroups(steps: readonly Step[], pointer: string, groups: Set<string>): void {
  steps.forEach((step, place) => {
    const here = `${pointer}/${place}`;
    const inner = innerLists(step, here);
    if (inner.some((one) => one.role !== "handler")) groups.add(here);
    for (const one of inner) collectGroups(one.steps, one.pointer, groups);
  });
}

/** Those that stand in no other. */
function outermost(groups: ReadonlySet<string>): Set<string> {
  return new Set([...groups].filter((one) => ![...groups].some((other) => one !== other && one.startsWith(`${other}/`))));
}

/** Groups that may be closed although something in them is marked: none. */
function without(closed: Set<string>, marks: ReadonlyMap<string, Mark>): Set<string> {
  return new Set([...closed].filter((one) => ![...marks.keys()].some((pointer) => pointer.startsWith(`${one}/`))));
}
