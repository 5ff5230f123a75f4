/** The text in CodeMirror. It lives in a shadow root: its styles are adopted there, no style element comes into the page. */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxTree } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Text } from "@codemirror/state";
import {
  EditorView, crosshairCursor, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, rectangularSelection,
} from "@codemirror/view";
import type { Problem } from "../contract";
import type { Store } from "../store";
import { t } from "../texts";
import { completing } from "./completing";
import { LOOKS } from "./looks";
import { offsetAt } from "./places";

const WRAP = new Compartment();
/** A pause longer than this ends what one undo takes back. */
const PAUSE = 1_000;

/** The editor over a store's text, in `host`'s shadow root. */
export function codeOver(store: Store, host: HTMLElement): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const undone = (act: () => void) => () => { act(); return true; };
  let typed = 0;
  let group = 0;
  const told = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    const byHand = update.transactions.some((one) => one.isUserEvent("input") || one.isUserEvent("delete") || one.isUserEvent("move"));
    if (!byHand) return;
    const now = Date.now();
    if (now - typed > PAUSE || !update.transactions.some((one) => one.isUserEvent("input.type") || one.isUserEvent("delete"))) group += 1;
    typed = now;
    store.type(update.state.doc.toString(), `text ${group}`);
  });
  const state = EditorState.create({
    doc: store.state.text,
    extensions: [
      lineNumbers(), lintGutter(), foldGutter(), codeFolding(), highlightSpecialChars(), drawSelection(), rectangularSelection(), crosshairCursor(), indentOnInput(), indentUnit.of("  "),
      bracketMatching(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), search({ top: true }),
      json(), autocompletion({ override: [completing(store)], icons: false }),
      keymap.of([
        { key: "Mod-z", run: undone(() => store.undo()), preventDefault: true, stopPropagation: true },
        { key: "Mod-y", mac: "Mod-Shift-z", run: undone(() => store.redo()), preventDefault: true, stopPropagation: true },
        { key: "Mod-Shift-z", run: undone(() => store.redo()), preventDefault: true, stopPropagation: true },
        ...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...foldKeymap, ...lintKeymap, ...defaultKeymap, indentWithTab,
      ]),
      EditorView.contentAttributes.of({ tabindex: "0", "aria-label": t("tab.json"), "aria-description": t("json.keys") }),
      EditorState.phrases.of(phrases()), EditorState.readOnly.of(!store.start.can.save),
      WRAP.of(EditorView.lineWrapping), LOOKS, told,
    ],
  });
  return new EditorView({ state, root, parent: root });
}

/** Bring the text that the store has into the editor: only what differs is replaced, so that cursor and folds stay. */
export function bring(view: EditorView, text: string): void {
  const now = view.state.doc.toString();
  if (now === text) return;
  let from = 0;
  while (from < now.length && from < text.length && now[from] === text[from]) from += 1;
  let end = 0;
  while (end < now.length - from && end < text.length - from && now[now.length - 1 - end] === text[text.length - 1 - end]) end += 1;
  view.dispatch({ changes: { from, to: now.length - end, insert: text.slice(from, text.length - end) }, scrollIntoView: true });
}

/** Show the server's problems at their lines; they speak of `text`. */
export function mark(view: EditorView, problems: readonly Problem[], text: string): void {
  if (text !== view.state.doc.toString()) return;
  view.dispatch(setDiagnostics(view.state, problems.map((one) => diagnostic(view.state, one))));
}

function diagnostic(state: EditorState, { line, column, message, hint }: Problem): Diagnostic {
  const from = offsetAt(state, line, column);
  const node = syntaxTree(state).resolveInner(from, 1);
  const last = lineEnd(state.doc, from);
  const to = node.from >= from && node.to > from ? Math.min(node.to, last) : from;
  return { from, to: Math.max(to, Math.min(from + 1, last)), severity: "error", message: hint ? `${message} ${hint}` : message };
}

function lineEnd(doc: Text, at: number): number {
  return doc.lineAt(at).to;
}

export function wrap(view: EditorView, on: boolean): void {
  view.dispatch({ effects: WRAP.reconfigure(on ? EditorView.lineWrapping : []) });
}

const PHRASES = [
  "Find", "Replace", "next", "previous", "all", "match case", "regexp", "by word", "replace", "replace all", "close", "current match", "on line", "replaced match on line $",
  "replaced $ matches", "Go to line", "go", "Diagnostics", "No diagnostics", "Completions", "Folded lines", "Unfolded lines", "Fold line", "Unfold line", "unfold", "folded code", "to",
];

/** The words of the editor's own panels. */
function phrases(): Record<string, string> {
  return Object.fromEntries(PHRASES.map((phrase) => [phrase, t(`code.${phrase}`)]));
}
