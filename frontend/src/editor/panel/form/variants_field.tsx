/** A value that may have several shapes: which one, and its fields. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "../../texts";
import { Field } from "../fields/field";
import { ObjectField } from "./object_field";
import { begun, fits, variantOf } from "./shapes";
import { ValueField, type ValueProps } from "./value_field";

export function VariantsField({ shape, pointer, label, needed, value, onChange, aside }: ValueProps & { aside?: ComponentChildren }) {
  const variants = shape.variants ?? [];
  const [wanted, setWanted] = useState<number>();
  const like = variantOf(shape, value);
  // A choice holds while the value can be read that way; what is changed elsewhere may be another one.
  const chosen = wanted !== undefined && variants[wanted] && fits(variants[wanted].shape, value) ? wanted : like;
  const turn = (number: number) => {
    const variant = variants[number];
    setWanted(number);
    onChange(variant ? begun({ ...variant.shape, required: true }) : undefined);
  };
  const variant = variants[chosen];
  return (
    <div class="panel-variants">
      <Field pointer={pointer} label={shape.title || label} hint={shape.help || undefined} needed={needed} aside={aside}>{(belongs) => (
        <select {...belongs} class="form-select" value={String(chosen)} onChange={(event) => turn(Number(event.currentTarget.value))}>
          {needed && chosen >= 0 ? null : <option value="-1">{needed ? t("value.choose") : "—"}</option>}
          {variants.map((one, number) => <option key={number} value={String(number)}>{one.label}</option>)}
        </select>
      )}</Field>
      {variant === undefined ? null : (
        <div class="panel-variant">
          {variant.shape.kind === "object"
            ? <ObjectField root shape={variant.shape} pointer={pointer} label={variant.label} needed value={value} onChange={onChange} />
            : <ValueField shape={variant.shape} pointer={pointer} label={variant.label} needed={needed} value={value} onChange={onChange} />}
        </div>
      )}
    </div>
  );
}
