/** What may be written next in an expression. Plain functions of the text and the place in it. */

import type { Filter } from "../../contract";
import { type Datum, find, innerOf, kindOfDatum } from "./data";

export interface Suggestion {
  /** What is put in. */
  insert: string;
  label: string;
  /** Kind of a value, signature of a filter. */
  detail: string;
  /** A sentence about it. */
  help: string;
  kind: "name" | "filter";
}

export interface Completion { from: number; to: number; suggestions: readonly Suggestion[] }

const MOST = 60;
const PATH = /((?:[A-Za-z_]\w*)(?:\.[A-Za-z_]\w*|\[-?\d+\]|\['[^'\\]*'\]|\["[^"\\]*"\])*)\.(\w*)$/u;

/** Suggestions at `place` in `text`; `bare`: the whole text is an expression, without braces. */
export function complete(text: string, place: number, bare: boolean, roots: readonly Datum[], filters: readonly Filter[]): Completion | undefined {
  const before = expressionBefore(text, place, bare);
  if (before === undefined || inText(before)) return undefined;
  const behind = /^\w*/u.exec(text.slice(place))?.[0].length ?? 0;
  const bar = /\|\s*(\w*)$/u.exec(before);
  if (bar) return found(bar[1]!, place, behind, filters.map(filterSuggestion));
  const path = PATH.exec(before);
  if (path) {
    const datum = find(roots, path[1]!);
    if (!datum) return undefined;
    return found(path[2]!, place, behind, innerOf(datum).filter((one) => /^[A-Za-z_]\w*$/u.test(one.name)).map(nameSuggestion));
  }
  const word = /(?:^|[^\w.\])'"])([A-Za-z_]\w*)?$/u.exec(before);
  return word ? found(word[1] ?? "", place, behind, roots.map(nameSuggestion)) : undefined;
}

/** The text with a path of the data put in at `place`, braces around it where none are, and where the cursor goes. */
export function inserted(text: string, place: number, path: string, bare: boolean): { text: string; place: number } {
  const braces = expressionBefore(text, place, bare) === undefined;
  const made = braces ? `{{ ${path} }}` : path;
  return { text: text.slice(0, place) + made + text.slice(place), place: place + made.length };
}

/** What stands between the braces that are open at `place`, up to it; undefined outside of braces. */
export function expressionBefore(text: string, place: number, bare: boolean): string | undefined {
  const before = text.slice(0, place);
  if (bare && !before.includes("{{")) return before;
  const open = before.lastIndexOf("{{");
  return open < 0 || before.includes("}}", open) ? undefined : before.slice(open + 2);
}

function inText(before: string): boolean {
  let quote = "";
  for (let n = 0; n < before.length; n += 1) {
    const one = before[n]!;
    if (quote !== "" && one === "\\") n += 1;
    else if (quote === one) quote = "";
    else if (quote === "" && (one === "'" || one === '"')) quote = one;
  }
  return quote !== "";
}

function found(typed: string, place: number, behind: number, all: readonly Suggestion[]): Completion | undefined {
  const wanted = typed.toLowerCase();
  const suggestions = all
    .filter((one) => one.label.toLowerCase().includes(wanted))
    .sort((one, other) => Number(other.label.toLowerCase().startsWith(wanted)) - Number(one.label.toLowerCase().startsWith(wanted)))
    .slice(0, MOST);
  const whole = suggestions.length === 1 && suggestions[0]!.insert === typed;
  return suggestions.length === 0 || whole ? undefined : { from: place - typed.length, to: place + behind, suggestions };
}

function nameSuggestion(datum: Datum): Suggestion {
  return { insert: datum.name, label: datum.name, detail: kindOfDatum(datum), help: datum.title, kind: "name" };
}

function filterSuggestion(filter: Filter): Suggestion {
  const bare = filter.signature === filter.name || !/\((?:\w+)(?!=)[,)]/u.test(filter.signature);
  return { insert: bare ? filter.name : `${filter.name}()`, label: filter.name, detail: filter.signature, help: filter.summary, kind: "filter" };
}
