/** The text itself, with everything that helps in writing it. */

import { openSearchPanel } from "@codemirror/search";
import { syntaxTree } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef, useState } from "preact/hooks";
import { stepAround } from "../edits";
import { t } from "../texts";
import { useStore, useValue } from "../using";
import { bring, codeOver, mark, wrap } from "./code";
import { offsetAt, pointerOf, rangeOf } from "./places";

export function JsonTab() {
  const store = useStore();
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const text = useValue((state) => state.text);
  const parsed = useValue((state) => state.parsed);
  const problems = useValue((state) => state.problems);
  const draft = useValue((state) => state.draft);
  const [wraps, setWraps] = useState(true);

  useEffect(() => {
    const made = codeOver(store, host.current!);
    view.current = made;
    const range = store.state.selected === "" ? undefined : rangeOf(made.state, store.state.selected);
    if (range) made.dispatch({ selection: { anchor: range.from }, effects: EditorView.scrollIntoView(range.from, { y: "center" }) });
    const began = made.state.selection.main.head;
    return () => {
      const { head } = made.state.selection.main;
      // The other views look at the step that was worked on here.
      if (head !== began && store.state.parsed) store.select(stepAround(store.state.document, pointerOf(made.state, syntaxTree(made.state).resolveInner(head, -1))));
      made.destroy();
      view.current = undefined;
    };
  }, [store]);
  // What the store has by now, not what was drawn: more may have been typed meanwhile.
  useEffect(() => { if (view.current) bring(view.current, store.state.text); }, [text]);
  useEffect(() => { if (view.current) mark(view.current, problems, draft.text); }, [problems, draft, text]);
  useEffect(() => { if (view.current) wrap(view.current, wraps); }, [wraps]);

  const go = (line: number, column: number) => {
    const now = view.current;
    if (!now) return;
    const at = offsetAt(now.state, line, column);
    now.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    now.focus();
  };
  const first = problems[0];
  return (
    <div class="json-tab">
      <div class="json-bar">
        <button type="button" class="btn btn-sm" disabled={!parsed || !store.start.can.save} onClick={() => store.change((document) => ({ document }))}>{t("json.format")}</button>
        <button type="button" class="btn btn-sm" onClick={() => { if (view.current) openSearchPanel(view.current); }}>{t("json.search")}</button>
        <label class="form-check form-switch"><input type="checkbox" class="form-check-input" checked={wraps} onChange={(event) => setWraps(event.currentTarget.checked)} /><span class="form-check-label">{t("json.wrap")}</span></label>
        <p class="json-said" role="status">
          {parsed ? null : <strong class="bad">{t("json.unparsed")}</strong>}{" "}
          {problems.length === 0 ? (parsed && draft.text === text ? t("json.fine") : "") : (
            <button type="button" class="panel-link" onClick={() => { if (first) go(first.line, first.column); }}>{t(problems.length === 1 ? "json.problem" : "json.problems", { count: problems.length, line: first?.line ?? 1 })}</button>
          )}
        </p>
      </div>
      <div class="json-code" ref={host} />
      <p class="hint">{t("json.keys")}</p>
    </div>
  );
}
