/** A value as JSON text. What does not parse stays as it is typed, also when the field is left and found again. */

import { useEffect, useState } from "preact/hooks";
import { type Json, formatJson, parseJson, same } from "../../json";
import type { Store } from "../../store";
import { t } from "../../texts";
import { useStore } from "../../using";
import { type Belongs, Field } from "./field";

const UNFINISHED = new WeakMap<Store, Map<string, string>>();

function unfinished(store: Store): Map<string, string> {
  const found = UNFINISHED.get(store) ?? new Map<string, string>();
  UNFINISHED.set(store, found);
  return found;
}

export interface JsonTextProps {
  /** Tells this text from others, to be found again. */
  name: string;
  value: Json | undefined;
  onChange(value: Json | undefined): void;
  belongs: Belongs;
  rows?: number;
  placeholder?: string | undefined;
}

export function JsonText({ name, value, onChange, belongs, rows = 3, placeholder }: JsonTextProps) {
  const kept = unfinished(useStore());
  const [text, setText] = useState(() => kept.get(name) ?? written(value));
  const read = reading(text);
  // Changed from elsewhere: by undo, in the JSON tab. What is being typed keeps its own form.
  useEffect(() => { if (read.problem === undefined && !same(read.value, value)) setText(written(value)); }, [value]);
  const type = (typed: string) => {
    setText(typed);
    const now = reading(typed);
    if (now.problem !== undefined) kept.set(name, typed);
    else {
      kept.delete(name);
      onChange(now.value);
    }
  };
  return (
    <>
      <textarea {...belongs} aria-invalid={read.problem === undefined ? belongs["aria-invalid"] : "true"} class="form-control mono panel-json" rows={rows}
        spellcheck={false} placeholder={placeholder} value={text} onInput={(event) => type(event.currentTarget.value)} />
      {read.problem === undefined ? null : <p class="problem">{t("json.wrong", { problem: read.problem })}</p>}
    </>
  );
}

export function JsonField({ pointer, label, hint, needed, ...rest }:
Omit<JsonTextProps, "name" | "belongs"> & { pointer: string; label: string; hint?: string; needed?: boolean }) {
  return <Field pointer={pointer} label={label} hint={hint} needed={needed} deep>{(belongs) => <JsonText name={pointer} belongs={belongs} {...rest} />}</Field>;
}

function written(value: Json | undefined): string {
  return value === undefined ? "" : formatJson(value).trimEnd();
}

function reading(text: string): { value: Json | undefined; problem?: undefined } | { value: undefined; problem: string } {
  if (text.trim() === "") return { value: undefined };
  try {
    return { value: parseJson(text) };
  } catch (trouble) {
    return { value: undefined, problem: (trouble as Error).message };
  }
}
