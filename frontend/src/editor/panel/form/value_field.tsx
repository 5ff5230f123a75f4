/** A value of any shape: fixed or an expression, with the field that its kind needs. */

import { createContext } from "preact";
import { useContext, useRef, useState } from "preact/hooks";
import type { Shape } from "../../contract";
import type { Json } from "../../json";
import { t } from "../../texts";
import { ExpressionInput } from "../expression/expression_input";
import { Field } from "../fields/field";
import { JsonText } from "../fields/json_field";
import { inside, isTemplate } from "../values";
import { AnyField } from "./any_field";
import { ListField } from "./list_field";
import { type Mode, ModeChoice } from "./mode";
import { ObjectField } from "./object_field";
import { ScalarField } from "./scalar_field";
import { fits } from "./shapes";
import { VariantsField } from "./variants_field";

/** Whether expressions may stand in the form. */
export const Expressions = createContext(true);

export interface ValueProps {
  shape: Shape;
  /** Where it stands in the document; in a form outside of it, a name that no other field has. */
  pointer: string;
  label: string;
  needed: boolean;
  value: Json | undefined;
  onChange(value: Json | undefined): void;
}

export function ValueField(props: ValueProps) {
  const { shape, pointer, label, needed, value } = props;
  const allowed = useContext(Expressions);
  const { mode, setMode, onChange, typed } = useMode(props, allowed);
  /** What the value was in the other mode, to come back to. */
  const before = useRef<Partial<Record<Mode, Json | undefined>>>({});
  const turn = (to: Mode) => {
    before.current[mode] = value;
    setMode(to);
    if (to === "null") onChange(null);
    if (to === "fixed") onChange(mode === "expression" && isTemplate(value) ? (before.current.fixed ?? constantIn(value)) : before.current.fixed);
    if (to === "expression" && before.current.expression !== undefined) onChange(before.current.expression);
  };
  const aside = allowed || shape.nullable ? <ModeChoice mode={mode} nullable={shape.nullable} expressions={allowed} label={label} onTurn={turn} /> : null;
  const hint = shape.help || undefined;
  if (mode === "expression") {
    const text = typeof value === "string" ? value : value === undefined ? "" : `{{ ${JSON.stringify(value)} }}`;
    return (
      <Field pointer={pointer} label={label} hint={hint} needed={needed} aside={aside} deep>{(belongs) => (
        <ExpressionInput pointer={pointer} belongs={belongs} text={text} onText={(now) => onChange(now === "" ? undefined : now)} focused={typed} placeholder={t("expression.example")} />
      )}</Field>
    );
  }
  if (mode === "null") return <Field pointer={pointer} label={label} hint={hint} needed={needed} aside={aside} deep>{(belongs) => <input {...belongs} class="form-control" value="null" readOnly />}</Field>;
  if (!fits(shape, value)) {
    return (
      <Field pointer={pointer} label={label} hint={hint} needed={needed} aside={aside} problem={t("value.unfit")} deep>{(belongs) => (
        <JsonText name={pointer} belongs={belongs} value={value} onChange={onChange} />
      )}</Field>
    );
  }
  switch (shape.kind) {
    case "object": return <ObjectField {...props} onChange={onChange} aside={aside} />;
    case "list": return <ListField {...props} onChange={onChange} aside={aside} />;
    case "variants": return <VariantsField {...props} onChange={onChange} aside={aside} />;
    case "json": return <AnyField {...props} onChange={onChange} aside={aside} />;
    default: return <ScalarField {...props} onChange={onChange} aside={aside} />;
  }
}

/**
 * A value is an expression when braces stand in it. While it is written here it stays what it was begun as, also when the
 * braces are not there yet; braces that are typed into a fixed text make it an expression. What is changed elsewhere
 * shows as what it is.
 */
function useMode({ shape, value, onChange }: ValueProps, allowed: boolean) {
  const is: Mode = allowed && isTemplate(value) ? "expression" : value === null && shape.nullable ? "null" : "fixed";
  const [mode, setMode] = useState<Mode>(is);
  const [seen, setSeen] = useState(value);
  /** Whether what the value is now was written here: what is around may make something else of nothing. */
  const written = useRef(false);
  const typed = useRef(false);
  if (value !== seen) {
    const here = written.current;
    written.current = false;
    const now = here && mode === "expression" ? mode : is;
    typed.current = here && mode === "fixed" && now === "expression";
    setSeen(value);
    setMode(now);
  }
  return {
    mode, setMode, typed: typed.current,
    onChange: (made: Json | undefined) => {
      written.current = true;
      onChange(made);
    },
  };
}

/** The value of an expression that is a constant: `{{ 5 }}` is 5. */
function constantIn(value: string): Json | undefined {
  const found = inside(value)?.trim() ?? "";
  if (/^-?\d{1,15}$/u.test(found)) return Number(found);
  return found === "true" ? true : found === "false" ? false : undefined;
}
