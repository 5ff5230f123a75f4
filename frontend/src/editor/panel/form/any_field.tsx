/** A value that no schema describes: an object member by member, a plain value by its kind, anything as JSON. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type Json, type JsonObject, isObject } from "../../json";
import { pointerTo } from "../../pointer";
import { t } from "../../texts";
import { Field, Problems, useProblems } from "../fields/field";
import { numberOf, shown } from "../fields/inputs";
import { JsonText } from "../fields/json_field";
import { isNumber } from "../values";
import { NamedRow } from "./named_row";
import { RowButtons } from "./row_buttons";
import { ANYTHING } from "./shapes";
import { ValueField, type ValueProps } from "./value_field";

export function AnyField(props: ValueProps & { aside?: ComponentChildren }) {
  const { shape, value } = props;
  const rule: JsonObject = isObject(shape.rule) ? shape.rule : {};
  if (rule["type"] === "object" && (value === undefined || isObject(value))) return <MapField {...props} />;
  if (rule["type"] === "array") return <AsJson {...props} />;
  return <PlainField {...props} />;
}

function AsJson({ shape, pointer, label, needed, value, onChange, aside }: ValueProps & { aside?: ComponentChildren }) {
  return (
    <Field pointer={pointer} label={shape.title || label} hint={shape.help || undefined} needed={needed} aside={aside} deep>
      {(belongs) => <JsonText name={pointer} belongs={belongs} value={value} onChange={onChange} placeholder={(shape.rule as JsonObject)["type"] === "array" ? "[]" : "{}"} />}
    </Field>
  );
}

/** Named members, each of any kind, as JSON too. */
export function MapField({ shape, pointer, label, needed, value, onChange, aside }: ValueProps & { aside?: ComponentChildren }) {
  const problems = useProblems(pointer);
  const [asJson, setAsJson] = useState(false);
  const members = Object.entries(isObject(value) ? value : {});
  const put = (made: [string, Json][]) => onChange(made.length === 0 && !needed ? undefined : Object.fromEntries(made));
  const add = () => {
    let number = members.length + 1;
    while (members.some(([name]) => name === `name_${number}`)) number += 1;
    put([...members, [`name_${number}`, ""]]);
  };
  const rename = (place: number, name: string) => {
    if (name !== "" && !members.some(([other], here) => other === name && here !== place)) put(members.map((one, here) => (here === place ? [name, one[1]] : one)));
  };
  return (
    <fieldset class="schema-group" data-pointer={pointer}>
      <legend class="panel-label">
        <span>{shape.title || label}{needed ? <span class="panel-needed" aria-hidden="true"> *</span> : null}</span>
        <span class="panel-asides"><button type="button" class="panel-link" aria-pressed={asJson} onClick={() => setAsJson(!asJson)}>JSON</button>{aside}</span>
      </legend>
      {shape.help ? <p class="hint">{shape.help}</p> : null}
      {asJson ? <Field pointer={pointer} label="JSON" deep>{(belongs) => <JsonText name={`${pointer} map`} belongs={belongs} value={value} onChange={onChange} rows={6} />}</Field> : (
        <>
          <Problems problems={problems} />
          {members.map(([name, one], place) => (
            <NamedRow key={place} name={name} onRename={(to) => rename(place, to)} buttons={(
              <RowButtons what={name} place={place} count={1} onMove={() => undefined} onRemove={() => put(members.filter((_one, here) => here !== place))} />
            )}>
              <ValueField shape={ANYTHING} pointer={pointer + pointerTo(name)} label={t("form.value_of", { name })} needed={false} value={one} onChange={(made) => put(members.map((other, here) => (here === place ? [name, made ?? ""] : other)))} />
            </NamedRow>
          ))}
          <button type="button" class="btn btn-sm" onClick={add}>{t("form.add_member")}</button>
        </>
      )}
    </fieldset>
  );
}

type Plain = "text" | "number" | "boolean" | "null" | "json";

function plainKind(value: Json | undefined): Plain {
  if (value === undefined || typeof value === "string") return "text";
  return isNumber(value) ? "number" : typeof value === "boolean" ? "boolean" : value === null ? "null" : "json";
}

const FIRST: Record<Plain, Json | undefined> = { text: "", number: 0, boolean: true, null: null, json: {} };

/** A value whose kind its writer chooses. */
function PlainField({ shape, pointer, label, needed, value, onChange, aside }: ValueProps & { aside?: ComponentChildren }) {
  const [wanted, setWanted] = useState<Plain>();
  const is = plainKind(value);
  // A number that is still being written is a text.
  const kind = wanted === "number" && is === "text" ? "number" : is;
  return (
    <Field pointer={pointer} label={shape.title || label} hint={shape.help || undefined} needed={needed} aside={aside} deep>{(belongs) => (
      <div class="panel-plain">
        <select class="form-select" aria-label={t("form.kind_of", { label })} value={kind} onChange={(event) => {
          const to = event.currentTarget.value as Plain;
          setWanted(to);
          onChange(to === "text" ? shown(value) : to === "number" && isNumber(numberOf(shown(value))) ? numberOf(shown(value)) : FIRST[to]);
        }}>
          {(["text", "number", "boolean", "null", "json"] as const).map((one) => <option key={one} value={one}>{t(`plain.${one}`)}</option>)}
        </select>
        {kind === "json" ? <JsonText name={pointer} belongs={belongs} value={value} onChange={onChange} />
          : kind === "boolean" ? (
            <select {...belongs} class="form-select" value={String(value)} onChange={(event) => onChange(event.currentTarget.value === "true")}>
              <option value="true">{t("yes")}</option><option value="false">{t("no")}</option>
            </select>
          ) : kind === "null" ? <input {...belongs} class="form-control" value="null" readOnly />
            : kind === "number" ? <input {...belongs} class="form-control" inputMode="decimal" value={shown(value)} autocomplete="off" onInput={(event) => { setWanted("number"); onChange(numberOf(event.currentTarget.value)); }} />
              : <textarea {...belongs} class="form-control panel-grow" rows={1} value={shown(value)} onInput={(event) => onChange(event.currentTarget.value || undefined)} />}
      </div>
    )}</Field>
  );
}
