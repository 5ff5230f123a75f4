/** One line of code with completion, the data to pick from below it, and what it gives. */

import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../../texts";
import { useStore, useValue } from "../../using";
import type { Belongs } from "../fields/field";
import { isTemplate } from "../values";
import { type Completion, complete, inserted } from "./completion";
import { Preview, usePreview } from "./preview";
import { useRoots } from "./roots";
import { Suggestions } from "./suggestions";
import { DataTree } from "./tree";

interface Props {
  /** Of the value, to know what it can see. */
  pointer: string;
  text: string;
  onText(text: string): void;
  /** Whether the text is the expression alone, without braces, which stand around it on screen. */
  bare?: boolean;
  belongs: Belongs;
  placeholder?: string;
  /** Whether the writer comes from a text that this line has taken the place of: the cursor goes to its end. */
  focused?: boolean;
}

export function ExpressionInput({ pointer, text, onText, bare = false, belongs, placeholder, focused: taken = false }: Props) {
  const store = useStore();
  const roots = useRoots(pointer);
  const hasRun = useValue((state) => state.run !== undefined);
  const input = useRef<HTMLTextAreaElement>(null);
  const [focused, setFocused] = useState(false);
  const [picking, setPicking] = useState(false);
  const [completion, setCompletion] = useState<Completion>();
  const [chosen, setChosen] = useState(0);
  const list = useId();
  const value = bare && text !== "" ? `{{ ${text} }}` : text;
  const shown = usePreview(pointer, value, isTemplate(value) && text.trim() !== "" && (focused || picking || hasRun));

  useLayoutEffect(() => {
    if (!taken || !input.current) return;
    input.current.focus();
    input.current.setSelectionRange(text.length, text.length);
  }, []);
  const suggest = (now: string, at: number) => {
    setCompletion(complete(now, at, bare, roots, store.start.filters ?? []));
    setChosen(0);
  };
  const put = (now: string, at: number) => {
    // The line has it before it is drawn anew, so that what is typed next comes behind it.
    input.current!.value = now;
    input.current!.focus();
    input.current!.setSelectionRange(at, at);
    onText(now);
  };
  const take = (number: number) => {
    const one = completion?.suggestions[number];
    if (!completion || !one) return;
    const now = text.slice(0, completion.from) + one.insert + text.slice(completion.to);
    put(now, completion.from + one.insert.length - (one.insert.endsWith("()") ? 1 : 0));
    setCompletion(undefined);
  };
  const pick = (path: string) => {
    const made = inserted(text, input.current?.selectionStart ?? text.length, path, bare);
    put(made.text, made.place);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      suggest(text, input.current?.selectionStart ?? 0);
    } else if (event.key === "Enter" && bare && !completion) event.preventDefault();
    else if (completion) steer(event);
  };
  const steer = (event: KeyboardEvent) => {
    const count = completion!.suggestions.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") setChosen((chosen + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    else if (event.key === "Enter" || event.key === "Tab") take(chosen);
    else if (event.key === "Escape") setCompletion(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="expression">
      <div class={bare ? "expression-line expression-bare" : "expression-line"}>
        {bare ? <span class="expression-brace" aria-hidden="true">{"{{"}</span> : null}
        <textarea {...belongs} ref={input} class="form-control mono expression-input" rows={1} value={text} spellcheck={false} autocapitalize="off" placeholder={placeholder}
          aria-autocomplete="list" aria-controls={completion ? list : undefined} aria-activedescendant={completion ? `${list}-${chosen}` : undefined}
          onInput={(event) => { const now = event.currentTarget; onText(now.value); suggest(now.value, now.selectionStart); }}
          onFocus={() => setFocused(true)} onBlur={() => { setFocused(false); setCompletion(undefined); }} onKeyDown={onKeyDown} />
        {bare ? <span class="expression-brace" aria-hidden="true">{"}}"}</span> : null}
        <button type="button" class="btn btn-sm expression-pick" aria-expanded={picking} onClick={() => setPicking(!picking)}>{t("data.pick")}</button>
      </div>
      {completion ? <Suggestions id={list} completion={completion} chosen={chosen} onTake={take} /> : null}
      {picking ? <DataTree roots={roots} onPick={pick} /> : null}
      <Preview shown={shown} before={bare ? 3 : 0} />
    </div>
  );
}
