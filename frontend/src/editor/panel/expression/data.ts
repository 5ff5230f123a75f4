/** The data that an expression can name, as a tree: from schemas, and from the values of a past run. */

import type { Run, Service } from "../../contract";
import { type Json, type JsonObject, isObject } from "../../json";
import { at } from "../../pointer";
import { t } from "../../texts";
import { inside, kindOfValue } from "../values";
import { type Known, elementOf, kindOfSchema, membersOf, plain } from "./schemas";
import type { SeenStep, Visible } from "./visible";

export interface Datum {
  /** Its own name, as it is read: `output`, `rows`, `[0]`. */
  name: string;
  /** The expression that gives it. */
  path: string;
  /** In words: the name of a step, the title of a field. */
  title: string;
  known?: Known | undefined;
  /** What it was in the run. */
  value?: Json | undefined;
  /** What lies inside, where no schema or value tells. */
  inner?: readonly Datum[];
}

export interface Sources {
  document: Json;
  /** Services that are called, by `uses`. */
  services: ReadonlyMap<string, Service>;
  run: Run | undefined;
  /** Which item of a foreach. */
  index: number;
  pins: JsonObject;
}

const MOST = 200;

/** The names that an expression knows. */
export function rootsOf(visible: Visible, sources: Sources): Datum[] {
  const found: Datum[] = [{ name: "inputs", path: "inputs", title: t("data.inputs"), known: visible.inputs === undefined ? undefined : { rule: visible.inputs, root: visible.inputs }, value: sources.run?.inputs }];
  const steps = visible.steps.map((seen) => stepDatum(seen, sources));
  // The nearest steps first: they are what is usually wanted.
  if (steps.length > 0) found.unshift({ name: "steps", path: "steps", title: t("data.steps"), inner: steps.reverse() });
  if (visible.foreach !== undefined) found.unshift(itemDatum(visible, sources), { name: "index", path: "index", title: t("data.index"), known: typed("integer"), value: sources.run ? sources.index : undefined });
  if (Object.keys(visible.vars).length > 0) found.push({ name: "vars", path: "vars", title: t("data.vars"), value: visible.vars });
  found.push({ name: "job", path: "job", title: t("data.job"), inner: ["id", "workflow", "started_at", "attempt"].map((name) => (
    { name, path: `job.${name}`, title: "", known: typed(name === "attempt" ? "integer" : "string") })) });
  return found;
}

/** What lies inside a datum: members of an object, the first element of a list. */
export function innerOf(datum: Datum): Datum[] {
  if (datum.inner) return [...datum.inner];
  const { known, value } = datum;
  const members = known ? membersOf(known) : new Map<string, Known>();
  const names = new Set([...members.keys(), ...(isObject(value) ? Object.keys(value).slice(0, MOST) : [])]);
  if (names.size > 0) {
    return [...names].map((name) => {
      const inner = members.get(name);
      const title = inner ? plain(inner)["title"] : undefined;
      return { name, path: pathTo(datum.path, name), title: typeof title === "string" ? title : "", known: inner, value: isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined };
    });
  }
  const element = known ? elementOf(known) : undefined;
  const first = Array.isArray(value) ? (value as Json[])[0] : undefined;
  return element || first !== undefined ? [{ name: "[0]", path: `${datum.path}[0]`, title: t("data.first"), known: element, value: first }] : [];
}

/** In the words of expressions; "" when nobody knows. */
export function kindOfDatum(datum: Datum): string {
  if (datum.value !== undefined && datum.value !== null) return kindOfValue(datum.value);
  return datum.inner ? "object" : datum.known ? kindOfSchema(datum.known) : "";
}

const STEP = /\.([A-Za-z_]\w*)|\[(-?\d+)\]|\['([^'\\]*)'\]|\["([^"\\]*)"\]/uy;

/** The datum that a path such as `steps.fetch.output.rows[0]` names; undefined when nothing is known of it. */
export function find(roots: readonly Datum[], path: string): Datum | undefined {
  const start = /^[A-Za-z_]\w*/u.exec(path)?.[0];
  let here = roots.find((one) => one.name === start);
  STEP.lastIndex = start?.length ?? 0;
  while (here && STEP.lastIndex < path.length) {
    const found = STEP.exec(path);
    if (!found) return undefined;
    const name = found[1] ?? found[3] ?? found[4];
    const end = STEP.lastIndex;
    here = innerOf(here).find((one) => (name === undefined ? one.name === "[0]" : one.name === name));
    STEP.lastIndex = end;
  }
  return here;
}

function pathTo(path: string, name: string): string {
  return /^[A-Za-z_]\w*$/u.test(name) ? `${path}.${name}` : `${path}['${name.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;
}

function typed(type: string): Known {
  return { rule: { type }, root: {} };
}

function stepDatum(seen: SeenStep, sources: Sources): Datum {
  const path = `steps.${seen.id}`;
  const inner = seen.fields.map((field): Datum => {
    if (field === "state") return { name: field, path: `${path}.state`, title: t("data.state"), known: typed("string") };
    if (field === "error") {
      const members = Object.fromEntries(["code", "message", "path"].map((name) => [name, { type: "string" }]));
      return { name: field, path: `${path}.error`, title: t("data.error"), known: { rule: { type: "object", properties: { ...members, details: {} } }, root: {} } };
    }
    return { name: field, path: `${path}.output`, title: t("data.output"), known: outputOf(seen.step, sources, seen.own), value: seen.own ? undefined : ranOutput(seen, sources) };
  });
  return { name: seen.id, path, title: seen.name === seen.id ? "" : seen.name, inner };
}

function itemDatum(visible: Visible, sources: Sources): Datum {
  const step = at(sources.document, visible.foreach ?? "");
  const list = isObject(step) ? step["foreach"] : undefined;
  const around = rootsOf({ ...visible, foreach: undefined }, sources);
  const datum: Datum = { name: "item", path: "item", title: t("data.item") };
  if (Array.isArray(list)) return { ...datum, value: (list as Json[])[sources.index] ?? (list as Json[])[0] };
  const source = find(around, typeof list === "string" ? (inside(list) ?? "").trim() : "");
  if (!source) return datum;
  const values = Array.isArray(source.value) ? (source.value as Json[]) : [];
  return { ...datum, known: source.known ? elementOf(source.known) : undefined, value: values[sources.index] ?? values[0] };
}

function ranOutput(seen: SeenStep, { run, index, pins }: Sources): Json | undefined {
  if (Object.hasOwn(pins, seen.id)) return pins[seen.id];
  const ran = run?.steps.filter((one) => one.pointer === seen.pointer || one.id === seen.id) ?? [];
  return (ran.find((one) => one.path.includes(`[${index}]`)) ?? ran[0])?.output;
}

/** The schema of what a step gives, as far as it can be told. `own`: before its `output` template. */
function outputOf(step: JsonObject, sources: Sources, own: boolean, depth = 0): Known | undefined {
  if (depth > 8) return undefined;
  const made = step["output"];
  if (made !== undefined && !own) return isObject(made) ? { rule: { type: "object", properties: Object.fromEntries(Object.keys(made).map((key) => [key, {}])) }, root: {} } : undefined;
  const one = resultOf(step, sources, depth);
  if (!("foreach" in step)) return one;
  return { rule: { type: "array", ...(one ? { items: one.rule } : {}) }, root: one?.root ?? {} };
}

function resultOf(step: JsonObject, sources: Sources, depth: number): Known | undefined {
  const last = (list: Json | undefined) => {
    const found = Array.isArray(list) ? (list as Json[]).at(-1) : undefined;
    return isObject(found) ? outputOf(found, sources, false, depth + 1) : undefined;
  };
  if (typeof step["uses"] === "string") {
    const rule = sources.services.get(step["uses"])?.output;
    return rule === undefined ? undefined : { rule, root: rule };
  }
  if ("steps" in step) return last(step["steps"]);
  if (isObject(step["branches"])) {
    const settled = step["join"] === "settled";
    const branches = Object.entries(step["branches"]).map(([name, list]) => {
      const output = last(list)?.rule ?? {};
      return [name, settled ? { type: "object", properties: { output, error: {} } } : output] as const;
    });
    return { rule: { type: "object", properties: Object.fromEntries(branches) }, root: {} };
  }
  if (isObject(step["approval"]) && step["approval"]["form"] !== undefined) return { rule: step["approval"]["form"], root: step["approval"]["form"] };
  return undefined;
}
