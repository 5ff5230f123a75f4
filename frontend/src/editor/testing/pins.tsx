/** Outputs that a test takes as they are: of steps that are then not run. */

import type { Run } from "../contract";
import { everyStep } from "../edits";
import type { Json, JsonObject } from "../json";
import { JsonText } from "../panel/fields/json_field";
import { Field } from "../panel/fields/field";
import { RowButtons } from "../panel/form/row_buttons";
import { t } from "../texts";
import { useStore, useValue } from "../using";

export function Pins() {
  const store = useStore();
  const pins = useValue((state) => state.pins);
  const run = useValue((state) => state.run);
  const document = useValue((state) => state.document);
  const ids = everyStep(document).map(({ step }) => String(step["id"] ?? "")).filter((id) => id !== "");
  const set = (id: string, value: Json | undefined) => store.pin(Object.fromEntries([...Object.entries(pins).filter(([name]) => name !== id), ...(value === undefined ? [] : [[id, value] as const])]));
  const outputs = run ? outputsOf(run, ids) : {};
  const free = ids.filter((id) => !Object.hasOwn(pins, id));
  return (
    <div class="test-pins">
      <p class="hint">{t("pins.help")}</p>
      {Object.entries(pins).map(([id, value]) => (
        <div class="panel-item" key={id}>
          <Field pointer="" label={id}>{(belongs) => <JsonText name={`pin ${id}`} belongs={belongs} value={value} onChange={(made) => set(id, made ?? null)} />}</Field>
          <RowButtons what={id} place={0} count={1} onMove={() => undefined} onRemove={() => set(id, undefined)} />
        </div>
      ))}
      <div class="test-pin-add">
        {free.length > 0 ? (
          <select class="form-select" aria-label={t("pins.add")} value="" onChange={(event) => { if (event.currentTarget.value) set(event.currentTarget.value, outputs[event.currentTarget.value] ?? null); }}>
            <option value="">{t("pins.add")}</option>
            {free.map((id) => <option key={id} value={id}>{id}</option>)}
          </select>
        ) : null}
        {Object.keys(outputs).length > 0 ? <button type="button" class="btn btn-sm" onClick={() => store.pin({ ...outputs, ...pins })}>{t("pins.all", { count: Object.keys(outputs).length })}</button> : null}
      </div>
    </div>
  );
}

/** Whole outputs of steps that ran once and succeeded. */
function outputsOf(run: Run, ids: readonly string[]): JsonObject {
  const once = run.steps.filter((one) => ids.includes(one.id) && run.steps.filter((other) => other.id === one.id).length === 1);
  return Object.fromEntries(once.filter((one) => one.state === "succeeded" && !one.cut).map((one) => [one.id, one.output]));
}
