/** A builder of the JSON Schema of an object: its members by name, kind and what is asked of them. */

import { useState } from "preact/hooks";
import { type Json, type JsonObject, isObject } from "../json";
import { pointerTo } from "../pointer";
import { t } from "../texts";
import { moved } from "./editing";
import { Field, Problems, useProblems } from "./fields/field";
import { LinesField, TextField } from "./fields/inputs";
import { JsonField, JsonText } from "./fields/json_field";
import { NamedRow } from "./form/named_row";
import { RowButtons } from "./form/row_buttons";
import { Expressions, ValueField } from "./form/value_field";
import { KINDS, type SchemaKind, isRequired, kindOfRule, membersOf, renamed, reordered, required, shapeOfDefault, turned, withMember } from "./schema_kinds";

interface Props {
  pointer: string;
  title: string;
  hint?: string;
  value: Json | undefined;
  onChange(value: Json | undefined): void;
  /** Whether the schema stands as JSON beside the builder, not behind a button. */
  beside?: boolean;
}

export function SchemaBuilder({ pointer, title, hint, value, onChange, beside = false }: Props) {
  const [asJson, setAsJson] = useState(false);
  const problems = useProblems(pointer);
  const odd = value !== undefined && !isObject(value);
  const put = (made: JsonObject) => onChange(Object.keys(membersOf(made)).length === 0 && Object.keys(made).every((key) => key === "type" || key === "properties") ? undefined : made);
  return (
    <fieldset class="schema-group schema-builder" data-pointer={pointer}>
      <legend class="panel-label"><span>{title}</span>{beside || odd ? null : <button type="button" class="panel-link" aria-pressed={asJson} onClick={() => setAsJson(!asJson)}>JSON</button>}</legend>
      {hint ? <p class="hint">{hint}</p> : null}
      <Problems problems={problems} />
      {asJson || odd
        ? <JsonField pointer={pointer} label="JSON Schema" value={value} onChange={onChange} rows={8} />
        : <Expressions.Provider value={false}><Members pointer={pointer} schema={isObject(value) ? value : { type: "object" }} onChange={put} depth={0} /></Expressions.Provider>}
    </fieldset>
  );
}

const DEEPEST = 4;

function Members({ pointer, schema, onChange, depth }: { pointer: string; schema: JsonObject; onChange(schema: JsonObject): void; depth: number }) {
  const names = Object.keys(membersOf(schema));
  const [refused, setRefused] = useState("");
  const add = () => {
    let number = names.length + 1;
    while (names.includes(`input_${number}`)) number += 1;
    onChange(withMember({ type: "object", ...schema }, `input_${number}`, { type: "string" }));
  };
  const rename = (old: string, name: string) => {
    const taken = name !== old && names.includes(name);
    setRefused(taken ? t("schema.taken", { name }) : "");
    if (name !== "" && name !== old && !taken) onChange(renamed(schema, old, name));
  };
  return (
    <>
      {refused ? <p class="problem" role="alert">{refused}</p> : null}
      {names.map((name, place) => (
        <NamedRow key={place} name={name} label={t("schema.name")} onRename={(to) => rename(name, to)} buttons={(
          <RowButtons what={name} place={place} count={names.length} onMove={(to) => onChange(reordered(schema, moved(names, place, to)))} onRemove={() => onChange(withMember(schema, name, undefined))} />
        )}>
          <Member pointer={`${pointer}/properties${pointerTo(name)}`} rule={membersOf(schema)[name]!} needed={isRequired(schema, name)} depth={depth}
            onRule={(rule) => onChange(withMember(schema, name, rule))} onNeeded={(is) => onChange(required(schema, name, is))} />
        </NamedRow>
      ))}
      <button type="button" class="btn btn-sm" onClick={add}>{t(depth === 0 ? "schema.add" : "schema.add_inner")}</button>
    </>
  );
}

interface MemberProps { pointer: string; rule: Json; needed?: boolean; depth: number; onRule(rule: Json): void; onNeeded?(is: boolean): void }

function Member({ pointer, rule, needed = false, depth, onRule, onNeeded }: MemberProps) {
  const kind = kindOfRule(rule);
  if (kind === undefined || !isObject(rule)) {
    return (
      <Field pointer={pointer} label={t("schema.as_json")} hint={t("schema.as_json_help")} deep>{(belongs) => (
        <JsonText name={pointer} belongs={belongs} value={rule} onChange={(made) => { if (made !== undefined) onRule(made); }} rows={4} />
      )}</Field>
    );
  }
  const set = (key: string, value: Json | undefined) => {
    const { [key]: _old, ...rest } = rule;
    onRule(value === undefined ? rest : { ...rule, [key]: value });
  };
  return (
    <div data-pointer={pointer} class="schema-member">
      <div class="panel-pair">
        <Field pointer={`${pointer}/type`} label={t("schema.kind")}>{(belongs) => (
          <select {...belongs} class="form-select" value={kind} onChange={(event) => onRule(turned(rule, event.currentTarget.value as SchemaKind))}>
            {KINDS.map((one) => <option key={one} value={one}>{t(`schema.${one}`)}</option>)}
          </select>
        )}</Field>
        {onNeeded ? (
          <label class="form-check schema-needed"><input type="checkbox" class="form-check-input" checked={needed} onChange={(event) => onNeeded(event.currentTarget.checked)} /><span class="form-check-label">{t("schema.required")}</span></label>
        ) : null}
      </div>
      {kind === "choice" ? <Options pointer={`${pointer}/enum`} value={rule["enum"]} onChange={(made) => set("enum", made)} /> : null}
      {kind === "list" && depth < DEEPEST ? <div class="schema-inner"><p class="label">{t("schema.items")}</p><Member pointer={`${pointer}/items`} rule={rule["items"] ?? {}} depth={depth + 1} onRule={(made) => set("items", made)} /></div> : null}
      {kind === "object" && depth < DEEPEST ? <div class="schema-inner"><Members pointer={pointer} schema={rule} onChange={onRule} depth={depth + 1} /></div> : null}
      <details class="schema-more">
        <summary>{t("schema.more")}</summary>
        <TextField pointer={`${pointer}/title`} label={t("schema.title")} value={rule["title"]} onChange={(made) => set("title", made)} />
        <LinesField pointer={`${pointer}/description`} label={t("schema.description")} value={rule["description"]} onChange={(made) => set("description", made)} />
        <ValueField shape={shapeOfDefault(rule)} pointer={`${pointer}/default`} label={t("schema.default")} needed={false} value={rule["default"]} onChange={(made) => set("default", made)} />
      </details>
    </div>
  );
}

/** One choice a line. Texts; a schema with other values shows them as JSON. */
function Options({ pointer, value, onChange }: { pointer: string; value: Json | undefined; onChange(value: Json): void }) {
  const values: readonly Json[] = Array.isArray(value) ? value : [];
  if (!values.every((one) => typeof one === "string")) return <JsonField pointer={pointer} label={t("schema.options")} value={value} onChange={(made) => onChange(made ?? [])} />;
  return (
    <Field pointer={pointer} label={t("schema.options")} hint={t("schema.options_help")} deep>{(belongs) => (
      <textarea {...belongs} class="form-control" rows={3} value={values.join("\n")} onInput={(event) => onChange(event.currentTarget.value === "" ? [] : event.currentTarget.value.split("\n"))} />
    )}</Field>
  );
}
