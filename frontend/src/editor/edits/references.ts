/** The ids that expressions name: `steps.<id>`, found as the expressions' own lexer would, and put into other words. */

import { type Json, type JsonObject, isObject } from "../json";

const TEXT = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/suy;
const NAME = /[A-Za-z_]\w*/uy;
const MEMBER = /(\s*\.\s*)([A-Za-z_]\w*)/uy;
const SUBSCRIPT = /(\s*\[\s*(["']))([^"'\\]*)(\2\s*\])/uy;
/** Keys of a step that are templates as a whole. */
const TEMPLATES = ["if", "output", "with", "foreach", "mock"];

/** The same text, with the ids of steps that its expressions name turned by `turn`. What is no expression stays. */
export function turnedText(text: string, turn: (id: string) => string): string {
  let made = "";
  let here = 0;
  for (let start = text.indexOf("{{"); start >= 0; start = text.indexOf("{{", here)) {
    made += text.slice(here, start + 2);
    const [inside, end] = expression(text, start + 2, turn);
    made += inside;
    here = end;
  }
  return made + text.slice(here);
}

/** The expression that begins at `start`, turned, and where it ends: before its closing braces, or the text's end. */
function expression(text: string, start: number, turn: (id: string) => string): [string, number] {
  let made = "";
  let here = start;
  let depth = 0;
  let before = "";
  const take = (part: string) => { made += part; here += part.length; };
  while (here < text.length) {
    const character = text[here]!;
    if (depth === 0 && text.startsWith("}}", here)) break;
    const quoted = match(TEXT, text, here);
    const name = quoted ? undefined : match(NAME, text, here);
    if (quoted) take(quoted[0]);
    else if (name) {
      take(name[0]);
      if (name[0] === "steps" && before !== ".") {
        const member = match(MEMBER, text, here) ?? match(SUBSCRIPT, text, here);
        if (member) {
          const [whole, lead, second, third, close] = member;
          made += third === undefined ? `${lead}${turn(second!)}` : `${lead}${turn(third)}${close}`;
          here += whole.length;
        }
      }
    } else {
      if ("([{".includes(character)) depth += 1;
      else if (")]}".includes(character)) depth = Math.max(0, depth - 1);
      take(character);
    }
    if (character.trim() !== "") before = character;
  }
  return [made, here];
}

function match(pattern: RegExp, text: string, here: number): RegExpExecArray | undefined {
  pattern.lastIndex = here;
  return pattern.exec(text) ?? undefined;
}

/** The same document with what its templates name turned. Parts in which nothing changes stay the same values. */
export function turnedDocument(document: Json, turn: (id: string) => string): Json {
  if (Array.isArray(document)) return turnedSteps(document, turn);
  if (!isObject(document)) return document;
  return members(document, (key, value) => {
    if (key === "steps") return turnedSteps(value, turn);
    return key === "output" ? turnedValue(value, turn) : value;
  });
}

/** The same list of steps with what their templates name turned. */
export function turnedSteps(steps: Json, turn: (id: string) => string): Json {
  return items(steps, (step) => (isObject(step) ? turnedStep(step, turn) : step));
}

function turnedStep(step: JsonObject, turn: (id: string) => string): Json {
  return members(step, (key, value) => {
    if (TEMPLATES.includes(key)) return turnedValue(value, turn);
    if (key === "steps" || key === "else" || key === "on_error") return turnedSteps(value, turn);
    if (key === "branches") return isObject(value) ? members(value, (_name, list) => turnedSteps(list, turn)) : value;
    if (key === "wait") return isObject(value) ? turnedValue(value, turn) : value;
    if (key === "approval") return isObject(value) ? members(value, (name, one) => (name === "title" ? turnedValue(one, turn) : one)) : value;
    if (key === "cases") return items(value, (one) => (isObject(one) ? turnedStep(one, turn) : one));
    return value;
  });
}

function turnedValue(value: Json, turn: (id: string) => string): Json {
  if (typeof value === "string") return turnedText(value, turn);
  if (Array.isArray(value)) return items(value, (one) => turnedValue(one, turn));
  return isObject(value) ? members(value, (_key, one) => turnedValue(one, turn)) : value;
}

function items(list: Json, turn: (item: Json) => Json): Json {
  if (!Array.isArray(list)) return list;
  const made = list.map(turn);
  return made.every((item, place) => item === list[place]) ? list : made;
}

function members(value: JsonObject, turn: (key: string, member: Json) => Json): JsonObject {
  const made = Object.entries(value).map(([key, member]) => [key, turn(key, member)] as const);
  return made.every(([key, member]) => member === value[key]) ? value : Object.fromEntries(made);
}
