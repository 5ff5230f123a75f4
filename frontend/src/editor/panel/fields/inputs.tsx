/** Plain inputs of the panel: text, long text, whole number, duration, one of several. */

import { useEffect, useState } from "preact/hooks";
import { type Json, parseJson } from "../../json";
import { t } from "../../texts";
import { isNumber, oneLine } from "../values";
import { Field } from "./field";

interface Common {
  pointer: string;
  label: string;
  hint?: string | undefined;
  needed?: boolean;
  value: Json | undefined;
  onChange(value: Json | undefined): void;
}

/** A value as the text of an input; what is no text is shown as JSON. */
export function shown(value: Json | undefined): string {
  return value === undefined ? "" : typeof value === "string" ? value : oneLine(value);
}

/** What the text of a number's input says: the number as written, the text itself when it is none, nothing when empty. */
export function numberOf(text: string): Json | undefined {
  const plain = text.trim();
  if (plain === "") return undefined;
  try {
    const value = parseJson(plain);
    return isNumber(value) ? value : text;
  } catch {
    return text;
  }
}

export function TextField({ value, onChange, placeholder, list, ...field }: Common & { placeholder?: string; list?: string }) {
  return (
    <Field {...field} deep>{(belongs) => (
      <input {...belongs} class="form-control" value={shown(value)} placeholder={placeholder} list={list} autocomplete="off" spellcheck={false}
        onInput={(event) => onChange(event.currentTarget.value || undefined)} />
    )}</Field>
  );
}

export function LinesField({ value, onChange, rows = 2, ...field }: Common & { rows?: number }) {
  return (
    <Field {...field} deep>{(belongs) => (
      <textarea {...belongs} class="form-control" rows={rows} value={shown(value)} onInput={(event) => onChange(event.currentTarget.value || undefined)} />
    )}</Field>
  );
}

export function NumberField({ value, onChange, placeholder, ...field }: Common & { placeholder?: string }) {
  return (
    <Field {...field}>{(belongs) => (
      <input {...belongs} class="form-control" inputMode="decimal" value={shown(value)} placeholder={placeholder} autocomplete="off"
        onInput={(event) => onChange(numberOf(event.currentTarget.value))} />
    )}</Field>
  );
}

const DURATION = /^(?=\d)(\d{1,11}d)?(\d{1,11}h)?(\d{1,11}m(?!s))?(\d{1,11}s)?(\d{1,11}ms)?$/u;
const COMMON = ["10s", "30s", "1m", "5m", "15m", "1h", "6h", "1d"];

export function DurationField({ value, onChange, placeholder, ...field }: Common & { placeholder?: string }) {
  const text = shown(value);
  const list = `durations-${field.pointer}`;
  return (
    <Field {...field} problem={text !== "" && !DURATION.test(text) ? t("duration.wrong") : ""}>{(belongs) => (
      <>
        <input {...belongs} class="form-control" value={text} placeholder={placeholder ?? t("duration.example")} list={list} autocomplete="off" spellcheck={false}
          onInput={(event) => onChange(event.currentTarget.value.trim() || undefined)} />
        <datalist id={list}>{COMMON.map((one) => <option key={one} value={one} />)}</datalist>
      </>
    )}</Field>
  );
}

export function ChoiceField({ value, onChange, options, ...field }: Common & { options: readonly { value: string; label: string }[] }) {
  const text = shown(value);
  const known = options.some((one) => one.value === text);
  return (
    <Field {...field} deep>{(belongs) => (
      <select {...belongs} class="form-select" value={text} onChange={(event) => onChange(event.currentTarget.value || undefined)}>
        {known ? null : <option value={text}>{text || "—"}</option>}
        {options.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
      </select>
    )}</Field>
  );
}

interface SettledProps extends Omit<Common, "onChange" | "value"> {
  value: string;
  onSettle(text: string): void;
  /** Why a text cannot be; "" when it can. */
  refuse(text: string): string;
}

/** A text that only counts when it is done: on Enter or on leaving. Esc takes it back; what cannot be stays, and says why. */
export function SettledField({ value, onSettle, refuse, ...field }: SettledProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const changed = text.trim() !== value;
  const problem = changed ? refuse(text.trim()) : "";
  const settle = () => { if (changed && problem === "") onSettle(text.trim()); };
  return (
    <Field {...field} problem={problem}>{(belongs) => (
      <input {...belongs} class="form-control mono" value={text} autocomplete="off" spellcheck={false} onInput={(event) => setText(event.currentTarget.value)} onBlur={settle}
        onKeyDown={(event) => {
          if (event.key === "Enter") settle();
          if (event.key === "Escape" && changed) { event.stopPropagation(); setText(value); }
        }} />
    )}</Field>
  );
}
