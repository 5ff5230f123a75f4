/** One value: text, number, date, yes or no, one or several of a few. */

import type { ComponentChildren } from "preact";
import type { Shape } from "../../contract";
import { type Json, type JsonObject, isObject, same } from "../../json";
import { t } from "../../texts";
import { type Belongs, Field } from "../fields/field";
import { numberOf, shown } from "../fields/inputs";
import { brief, oneLine } from "../values";
import { constantOf } from "./shapes";
import type { ValueProps } from "./value_field";

export function ScalarField({ shape, pointer, label, needed, value, onChange, aside }: ValueProps & { aside: ComponentChildren }) {
  return (
    <Field pointer={pointer} label={shape.title || label} hint={shape.help || undefined} needed={needed} aside={aside} deep>
      {(belongs) => <Scalar shape={shape} belongs={belongs} value={value} onChange={onChange} needed={needed} />}
    </Field>
  );
}

const KEYBOARDS: Record<string, "email" | "url"> = { email: "email", url: "url" };
const DATE = /^\d{4}-\d\d-\d\d$/u;

function Scalar({ shape, belongs, value, onChange, needed }: { shape: Shape; belongs: Belongs; value: Json | undefined; onChange(value: Json | undefined): void; needed: boolean }) {
  const placeholder = shape.default === undefined || shape.default === null ? exampleOf(shape) : t("value.default", { value: brief(shape.default, 40) });
  switch (shape.kind) {
    case "choice": return <Choice shape={shape} belongs={belongs} value={value} onChange={onChange} needed={needed} />;
    case "choices": return <Choices shape={shape} value={value} onChange={onChange} />;
    case "check": {
      const on = value ?? shape.default ?? false;
      return (
        <label class="form-check form-switch panel-switch">
          <input {...belongs} type="checkbox" class="form-check-input" checked={on === true}
            onChange={(event) => onChange(event.currentTarget.checked)} />
          <span class="form-check-label">{t(on === true ? "yes" : "no")}</span>
        </label>
      );
    }
    case "yes_no": return (
      <select {...belongs} class="form-select" value={value === undefined ? "" : String(value)} onChange={(event) => onChange(event.currentTarget.value === "" ? undefined : event.currentTarget.value === "true")}>
        <option value="">—</option><option value="true">{t("yes")}</option><option value="false">{t("no")}</option>
      </select>
    );
    case "fixed": return (
      <span class="panel-fixed">
        <input {...belongs} class="form-control mono" readOnly value={shown(constantOf(shape))} />
        {same(value, constantOf(shape)) ? null : <button type="button" class="btn btn-sm" onClick={() => onChange(constantOf(shape))}>{t("value.set")}</button>}
      </span>
    );
    case "integer": case "number": return (
      <input {...belongs} class="form-control" inputMode={shape.kind === "integer" ? "numeric" : "decimal"} value={shown(value)} placeholder={placeholder} autocomplete="off"
        onInput={(event) => onChange(numberOf(event.currentTarget.value))} />
    );
    case "lines": return (
      <textarea {...belongs} class="form-control" rows={3} value={shown(value)} placeholder={placeholder} onInput={(event) => onChange(event.currentTarget.value || undefined)} />
    );
    case "date": if (value === undefined || DATE.test(shown(value))) {
      return <input {...belongs} class="form-control" type="date" value={shown(value)} onInput={(event) => onChange(event.currentTarget.value || undefined)} />;
    }
    // What is no date yet could not be seen in a field for dates.
    default: return (
      <input {...belongs} class="form-control" inputMode={KEYBOARDS[shape.kind] ?? "text"} value={shown(value)} placeholder={shape.kind === "moment" ? "2026-03-01T08:00:00Z" : placeholder} autocomplete="off"
        onInput={(event) => onChange(event.currentTarget.value || undefined)} />
    );
  }
}

function Choice({ shape, belongs, value, onChange, needed }: { shape: Shape; belongs: Belongs; value: Json | undefined; onChange(value: Json | undefined): void; needed: boolean }) {
  const options = shape.options ?? [];
  const chosen = value === undefined ? -1 : options.findIndex((one) => same(one.value, value));
  const nothing = shape.default === undefined ? (needed ? t("value.choose") : "—") : t("value.default", { value: brief(shape.default, 40) });
  return (
    <select {...belongs} class="form-select" value={String(chosen)} onChange={(event) => onChange(options[Number(event.currentTarget.value)]?.value)}>
      <option value="-1">{value !== undefined && chosen < 0 ? oneLine(value) : nothing}</option>
      {options.map((one, number) => <option key={one.label} value={String(number)}>{one.label}</option>)}
    </select>
  );
}

function Choices({ shape, value, onChange }: { shape: Shape; value: Json | undefined; onChange(value: Json | undefined): void }) {
  const chosen = Array.isArray(value) ? (value as Json[]) : [];
  return (
    <div class="panel-choices">
      {(shape.options ?? []).map((one) => (
        <label class="form-check" key={one.label}>
          <input type="checkbox" class="form-check-input" checked={chosen.some((other) => same(one.value, other))} onChange={(event) => {
            const left = chosen.filter((other) => !same(one.value, other));
            const made = event.currentTarget.checked ? [...left, one.value] : left;
            onChange(made.length > 0 ? made : undefined);
          }} />
          <span class="form-check-label">{one.label}</span>
        </label>
      ))}
    </div>
  );
}

function exampleOf(shape: Shape): string | undefined {
  const rule: JsonObject = isObject(shape.rule) ? shape.rule : {};
  const examples = rule["examples"];
  const first = Array.isArray(examples) ? (examples[0] as Json) : undefined;
  return typeof first === "string" || typeof first === "number" ? String(first) : undefined;
}
