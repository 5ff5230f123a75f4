/** JSON Pointers and places in the text, by the syntax tree, which also reads what is half written. */

import { syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";
import { pointerTo, tokens } from "../pointer";

const VALUES = new Set(["Object", "Array", "String", "Number", "True", "False", "Null"]);

/** The text of a property's name, as it is written. */
export function nameOf(state: EditorState, property: SyntaxNode): string {
  const name = property.getChild("PropertyName");
  if (!name) return "";
  const written = state.sliceDoc(name.from, name.to);
  try {
    return String(JSON.parse(written));
  } catch {
    return written.replaceAll('"', "");
  }
}

/** Pointer of the value that a node is, or stands in. */
export function pointerOf(state: EditorState, node: SyntaxNode | null): string {
  const path: (string | number)[] = [];
  for (let here = node; here?.parent; here = here.parent) {
    const { parent } = here;
    if (parent.name === "Property" && here.name !== "PropertyName") path.unshift(nameOf(state, parent));
    else if (parent.name === "Array" && VALUES.has(here.name)) path.unshift(placeIn(parent, here));
  }
  return pointerTo(...path);
}

function placeIn(array: SyntaxNode, node: SyntaxNode): number {
  let place = 0;
  for (let one = array.firstChild; one && one.from < node.from; one = one.nextSibling) if (VALUES.has(one.name)) place += 1;
  return place;
}

/** Where what a pointer names stands: the property with its name, or the element. */
export function rangeOf(state: EditorState, pointer: string): { from: number; to: number } | undefined {
  let here: SyntaxNode | null = syntaxTree(state).topNode.firstChild;
  let whole = here;
  for (const token of tokens(pointer)) {
    if (here?.name === "Object") {
      whole = here.getChildren("Property").find((one) => nameOf(state, one) === token) ?? null;
      here = whole?.lastChild ?? null;
    } else if (here?.name === "Array") {
      let place = Number(token);
      let one = here.firstChild;
      while (one && (!VALUES.has(one.name) || place > 0)) {
        if (VALUES.has(one.name)) place -= 1;
        one = one.nextSibling;
      }
      whole = here = one;
    } else return undefined;
    if (!here) return undefined;
  }
  return whole ? { from: whole.from, to: whole.to } : undefined;
}

/** The offset of a line and a column as the server counts them: from 1, by characters. */
export function offsetAt(state: EditorState, line: number, column: number): number {
  const found = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  const before = [...found.text].slice(0, Math.max(column - 1, 0)).join("");
  return Math.min(found.from + before.length, found.to);
}
