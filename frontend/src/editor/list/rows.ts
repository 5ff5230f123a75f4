/** The document as rows of a tree: its steps, the arms of branches and cases, and a place to fill where a list is empty. */

import { type Inner, type Kind, type Step, innerLists, kindOf, stepsOf, text } from "../../flow/document";

export interface Row {
  /** JSON Pointer of a step, of an arm's list, or of the list and "/-" where it is empty. */
  key: string;
  type: "step" | "arm" | "empty";
  /** Outermost 1; number of rows beside it, and its place among them from 1. */
  level: number;
  size: number;
  position: number;
  /** Undefined: there is nothing inside. */
  open: boolean | undefined;
  /** The step itself, or the step that the arm or the empty list belongs to; "" the workflow. */
  step: string;
  /** Where this row stands; of an arm or an empty list, where a step that is put into it goes. */
  list: string;
  at: number;
  kind: Kind;
  role: Inner["role"] | "";
  title: string;
  detail: string;
  id: string;
  /** Of a step that stands in a list which runs once for each item. */
  many: boolean;
}

/** Rows in their order. `closed` names what is folded, see `foldOf`. */
export function rowsOf(document: unknown, closed: ReadonlySet<string>): Row[] {
  const { steps, pointer } = stepsOf(document);
  return listRows(steps, pointer, "", 1, "", closed);
}

/** What a step or an arm is remembered by while it is folded: places change, ids seldom. */
export function foldOf(row: Pick<Row, "type" | "id" | "key" | "step">): string {
  return row.type === "arm" ? `${row.id}${row.key.slice(row.step.length)}` : row.id || row.key;
}

interface Near { lists: Inner[]; arms: Inner[]; body: Inner | undefined }

/** Steps of a group are its children; of everything else the arms are, and the steps theirs. */
function around(step: Step, pointer: string): Near {
  const lists = innerLists(step, pointer);
  return { lists, arms: lists.filter((one) => one.role !== "body"), body: lists.find((one) => one.role === "body") };
}

function listRows(steps: readonly Step[], list: string, owner: string, level: number, ownerId: string, closed: ReadonlySet<string>, more = 0): Row[] {
  const size = Math.max(1, steps.length) + more;
  if (steps.length === 0) return [emptyRow(list, owner, level, size, ownerId)];
  return steps.flatMap((step, at) => stepRows(step, list, at, level, size, closed));
}

function stepRows(step: Step, list: string, at: number, level: number, size: number, closed: ReadonlySet<string>): Row[] {
  const key = `${list}/${at}`;
  const { lists, arms, body } = around(step, key);
  const id = text(step["id"]);
  const row: Row = {
    key, type: "step", level, size, position: at + 1, open: lists.length === 0 ? undefined : !closed.has(id || key), step: key, list, at, kind: kindOf(step),
    role: "", title: text(step["name"]) || id, detail: detailOf(step), id, many: "foreach" in step,
  };
  if (!row.open) return [row];
  const children = body ? listRows(body.steps, body.pointer, key, level + 1, id, closed, arms.length) : [];
  const before = body ? Math.max(1, body.steps.length) : 0;
  return [row, ...children, ...arms.flatMap((arm, place) => armRows(arm, row, before + place + 1, before + arms.length, closed))];
}

function armRows(arm: Inner, owner: Row, position: number, size: number, closed: ReadonlySet<string>): Row[] {
  const row: Row = {
    key: arm.pointer, type: "arm", level: owner.level + 1, size, position, open: true, step: owner.key, list: arm.pointer, at: arm.steps.length, kind: owner.kind,
    role: arm.role, title: arm.title, detail: "", id: owner.id, many: false,
  };
  if (closed.has(foldOf(row))) return [{ ...row, open: false }];
  return [row, ...listRows(arm.steps, arm.pointer, owner.key, row.level + 1, owner.id, closed)];
}

function emptyRow(list: string, owner: string, level: number, size: number, id: string): Row {
  return { key: `${list}/-`, type: "empty", level, size, position: 1, open: undefined, step: owner, list, at: 0, kind: "unknown", role: "", title: "", detail: "", id, many: false };
}

/** What a step does, in its own terms. */
function detailOf(step: Step): string {
  switch (kindOf(step)) {
    case "call": return text(step["uses"]);
    case "foreach": return inner(text(step["foreach"]));
    case "wait": return typeof step["wait"] === "string" ? step["wait"] : inner(text((step["wait"] as { until?: unknown } | null)?.until));
    case "approval": return text((step["approval"] as { title?: unknown } | null)?.title);
    default: return "";
  }
}

/** An expression without the braces around it. */
export function inner(template: string): string {
  return template.replace(/^\s*\{\{|\}\}\s*$/gu, "").trim();
}
