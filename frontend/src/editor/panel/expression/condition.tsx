/** A key whose value is one whole expression: `if`, a case's condition, the moment of a wait. */

import type { ComponentChildren } from "preact";
import type { Json } from "../../json";
import { Field } from "../fields/field";
import { shown } from "../fields/inputs";
import { inside, whole } from "../values";
import { ExpressionInput } from "./expression_input";

interface Props {
  pointer: string;
  label: string;
  hint?: string;
  needed?: boolean;
  value: Json | undefined;
  onChange(value: Json | undefined): void;
  placeholder?: string;
  aside?: ComponentChildren;
}

export function ConditionField({ pointer, label, hint, needed, value, onChange, placeholder, aside }: Props) {
  const text = shown(value);
  const bare = text === "" || typeof value === "boolean" || inside(text) !== undefined;
  const write = (typed: string) => {
    if (typed.trim() === "") onChange(undefined);
    else onChange(bare && !typed.includes("{{") ? whole(typed) : typed);
  };
  return (
    <Field pointer={pointer} label={label} hint={hint} needed={needed} aside={aside} deep>{(belongs) => (
      <ExpressionInput pointer={pointer} belongs={belongs} bare={bare} text={bare ? (inside(text) ?? text) : text} onText={write} placeholder={placeholder} />
    )}</Field>
  );
}
