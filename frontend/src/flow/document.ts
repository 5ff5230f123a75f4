/** The workflow document as far as its diagram needs it. Whatever comes is read with care: it may be half written. */

export type Step = Readonly<Record<string, unknown>>;
export type Kind = "call" | "group" | "foreach" | "parallel" | "choice" | "wait" | "approval" | "unknown";

/** A list of steps inside a step, and what it is to it. */
export interface Inner {
  /** JSON Pointer of the list. */
  pointer: string;
  steps: readonly Step[];
  role: "body" | "branch" | "case" | "else" | "handler";
  /** Name of a branch, condition of a case. */
  title: string;
}

/** The array of steps of a document, the document itself or its `steps`, with the JSON Pointer of the array. */
export function stepsOf(document: unknown): { steps: readonly Step[]; pointer: string } {
  if (Array.isArray(document)) return { steps: stepList(document), pointer: "" };
  return { steps: stepList(isObject(document) ? document["steps"] : undefined), pointer: "/steps" };
}

export function kindOf(step: Step): Kind {
  if ("steps" in step) return "foreach" in step ? "foreach" : "group";
  if ("uses" in step) return "call";
  if ("branches" in step) return "parallel";
  if ("cases" in step) return "choice";
  if ("wait" in step) return "wait";
  if ("approval" in step) return "approval";
  return "unknown";
}

/** The lists inside a step that stands at `pointer`, in document order. */
export function innerLists(step: Step, pointer: string): Inner[] {
  const inner: Inner[] = [];
  const add = (key: string, list: unknown, role: Inner["role"], title = "") => {
    if (Array.isArray(list)) inner.push({ pointer: `${pointer}/${key}`, steps: stepList(list), role, title });
  };
  add("steps", step["steps"], "body");
  if (isObject(step["branches"])) {
    for (const [name, list] of Object.entries(step["branches"])) add(`branches/${escapePointer(name)}`, list, "branch", name);
  }
  if (Array.isArray(step["cases"])) {
    step["cases"].forEach((one: unknown, place: number) => {
      if (isObject(one)) add(`cases/${place}/steps`, one["steps"], "case", text(one["if"]));
    });
  }
  add("else", step["else"], "else");
  add("on_error", step["on_error"], "handler");
  return inner;
}

/** Every step with its JSON Pointer, in the order in which they are written. */
export function everyStep(document: unknown): { pointer: string; step: Step }[] {
  const { steps, pointer } = stepsOf(document);
  return stepsIn(steps, pointer);
}

function stepsIn(steps: readonly Step[], list: string): { pointer: string; step: Step }[] {
  return steps.flatMap((step, place) => {
    const pointer = `${list}/${place}`;
    return [{ pointer, step }, ...innerLists(step, pointer).flatMap((inner) => stepsIn(inner.steps, inner.pointer))];
  });
}

/** How many steps there are at any depth. */
export function countSteps(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + 1 + innerLists(step, "").reduce((all, list) => all + countSteps(list.steps), 0), 0);
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
}

function stepList(list: unknown): readonly Step[] {
  return Array.isArray(list) ? list.map((one) => (isObject(one) ? one : {})) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
