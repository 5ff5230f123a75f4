/** Keys that are set rarely: what the step gives, what it gives in a test, its labels. */

import { type Json, type JsonObject, isObject } from "../../json";
import { t } from "../../texts";
import { usePut } from "../editing";
import { ANYTHING } from "../form/shapes";
import { Expressions, ValueField } from "../form/value_field";
import { NamedRow } from "../form/named_row";
import { RowButtons } from "../form/row_buttons";
import { Field } from "../fields/field";
import { shown } from "../fields/inputs";
import { pointerTo } from "../../pointer";

/** A template of any shape: a text with expressions, or an object member by member. */
export function Template({ pointer, label, hint, value }: { pointer: string; label: string; hint: string; value: Json | undefined }) {
  const put = usePut();
  const rule: JsonObject = value === undefined || isObject(value) ? { type: "object" } : {};
  return <ValueField shape={{ ...ANYTHING, title: label, help: hint, rule }} pointer={pointer} label={label} needed={false} value={value} onChange={(made) => put(pointer, made)} />;
}

export function Labels({ pointer, value }: { pointer: string; value: Json | undefined }) {
  const put = usePut();
  const labels = Object.entries(isObject(value) ? value : {});
  const set = (made: [string, Json][]) => put(pointer, made.length > 0 ? Object.fromEntries(made) : undefined);
  const add = () => {
    let number = labels.length + 1;
    while (labels.some(([name]) => name === `label_${number}`)) number += 1;
    set([...labels, [`label_${number}`, ""]]);
  };
  return (
    <Expressions.Provider value={false}>
      <div data-pointer={pointer}>
        <p class="hint">{t("labels.help")}</p>
        {labels.map(([name, one], place) => (
          <NamedRow key={place} name={name} label={t("labels.name")} buttons={<RowButtons what={name} place={place} count={1} onMove={() => undefined} onRemove={() => set(labels.filter((_one, here) => here !== place))} />}
            onRename={(to) => { if (to !== "" && !labels.some(([other], here) => other === to && here !== place)) set(labels.map((old, here) => (here === place ? [to, old[1]] : old))); }}>
            <Field pointer={pointer + pointerTo(name)} label={t("form.value_of", { name })}>{(belongs) => (
              <input {...belongs} class="form-control" value={shown(one)} onInput={(event) => set(labels.map((old, here) => (here === place ? [name, event.currentTarget.value] : old)))} />
            )}</Field>
          </NamedRow>
        ))}
        <button type="button" class="btn btn-sm" onClick={add}>{t("labels.add")}</button>
      </div>
    </Expressions.Provider>
  );
}
