/** The members of an object: those that must be there and those that are, then the others on request, then unknown ones. */

import type { ComponentChildren } from "preact";
import type { Shape } from "../../contract";
import { type Json, isObject } from "../../json";
import { pointerTo } from "../../pointer";
import { t } from "../../texts";
import { Problems, useProblems } from "../fields/field";
import { Folded } from "../fields/section";
import { ANYTHING, wordsOf } from "./shapes";
import { ValueField, type ValueProps } from "./value_field";

/** Optional members are folded away when there are more than these. */
const SHOWN = 3;

export function ObjectField({ shape, pointer, label, needed, value, onChange, aside, root = false }: ValueProps & { aside?: ComponentChildren; root?: boolean }) {
  const problems = useProblems(pointer);
  const members = isObject(value) ? value : {};
  const fields = Object.entries(shape.fields ?? {});
  const set = (name: string, made: Json | undefined) => {
    const entries = Object.entries(members).filter(([key]) => key !== name || made !== undefined);
    const next = entries.map(([key, old]): [string, Json] => [key, key === name ? made! : old]);
    if (made !== undefined && !Object.hasOwn(members, name)) next.push([name, made]);
    onChange(next.length === 0 && !needed ? undefined : Object.fromEntries(next));
  };
  const first = fields.filter(([name, one]) => one.required || Object.hasOwn(members, name));
  const rest = fields.filter(([name, one]) => !one.required && !Object.hasOwn(members, name));
  const member = ([name, one]: [string, Shape]) => (
    <ValueField key={name} shape={one} pointer={pointer + pointerTo(name)} label={one.title || wordsOf(name)} needed={one.required} value={members[name]} onChange={(made) => set(name, made)} />
  );
  const unknown = Object.keys(members).filter((name) => !Object.hasOwn(shape.fields ?? {}, name));
  const inner = (
    <>
      <Problems problems={problems} />
      {first.map(member)}
      {rest.length > SHOWN || (root && rest.length > 1 && first.length > 0) ? <Folded title={t("form.optional", { count: rest.length })} set={false} pointers={rest.map(([name]) => pointer + pointerTo(name))}>{rest.map(member)}</Folded> : rest.map(member)}
      {unknown.length === 0 ? null : (
        <div class="panel-unknown">
          <p class="hint">{t("form.unknown")}</p>
          {unknown.map((name) => <ValueField key={name} shape={ANYTHING} pointer={pointer + pointerTo(name)} label={name} needed={false} value={members[name]} onChange={(made) => set(name, made)} />)}
        </div>
      )}
    </>
  );
  if (root) return <div data-pointer={pointer} tabIndex={-1}>{inner}</div>;
  return (
    <fieldset class="schema-group" data-pointer={pointer}>
      <legend class="panel-label"><span>{shape.title || label}{needed ? <span class="panel-needed" aria-hidden="true"> *</span> : null}</span>{aside}</legend>
      {shape.help ? <p class="hint">{shape.help}</p> : null}
      {inner}
    </fieldset>
  );
}
