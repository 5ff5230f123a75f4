/** The elements of a list: added, removed, moved. */

import type { ComponentChildren } from "preact";
import type { Json } from "../../json";
import { t } from "../../texts";
import { moved } from "../editing";
import { Problems, useProblems } from "../fields/field";
import { ANYTHING, begun } from "./shapes";
import { RowButtons } from "./row_buttons";
import { ValueField, type ValueProps } from "./value_field";

export function ListField({ shape, pointer, label, needed, value, onChange, aside }: ValueProps & { aside?: ComponentChildren }) {
  const problems = useProblems(pointer);
  const items = Array.isArray(value) ? (value as Json[]) : [];
  const item = shape.item ?? ANYTHING;
  const name = item.title || t("form.entry");
  const put = (made: Json[]) => onChange(made.length === 0 && !needed ? undefined : made);
  return (
    <fieldset class="schema-group" data-pointer={pointer}>
      <legend class="panel-label"><span>{shape.title || label}{needed ? <span class="panel-needed" aria-hidden="true"> *</span> : null}</span>{aside}</legend>
      {shape.help ? <p class="hint">{shape.help}</p> : null}
      <Problems problems={problems} />
      {items.map((one, place) => (
        <div class="panel-item" key={place}>
          {/* What is emptied stays an element: it was added on purpose. */}
          <ValueField shape={item} pointer={`${pointer}/${place}`} label={`${name} ${place + 1}`} needed value={one} onChange={(made) => put(items.with(place, made ?? empty(item.kind)))} />
          <RowButtons what={`${name} ${place + 1}`} place={place} count={items.length} onMove={(to) => put(moved(items, place, to))} onRemove={() => put(items.filter((_one, here) => here !== place))} />
        </div>
      ))}
      <button type="button" class="btn btn-sm" onClick={() => put([...items, begun({ ...item, required: true }) ?? empty(item.kind)])}>{t("form.add", { name: name.toLowerCase() })}</button>
    </fieldset>
  );
}

function empty(kind: string): Json {
  if (kind === "object") return {};
  if (kind === "list" || kind === "choices") return [];
  if (kind === "check" || kind === "yes_no") return false;
  return kind === "variants" ? null : "";
}
