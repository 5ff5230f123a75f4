/** The inputs of a workflow: a builder, and the schema that it makes as JSON beside it. */

import { isObject } from "../json";
import { t } from "../texts";
import { useStore, useValue } from "../using";
import { usePutInDocument } from "./editing";
import { Field } from "./fields/field";
import { JsonText } from "./fields/json_field";
import { SchemaBuilder } from "./schema_builder";

export function InputsTab() {
  const store = useStore();
  const put = usePutInDocument();
  const document = useValue((state) => state.document);
  const parsed = useValue((state) => state.parsed);
  const value = isObject(document) ? document["inputs"] : undefined;
  const change = (made: typeof value) => put("inputs", made);
  return (
    <div class="inputs-tab">
      {parsed ? null : <p class="flash flash-warning" role="status">{t("panel.unparsed")}</p>}
      <fieldset class="inputs-columns" disabled={!parsed || !store.start.can.save}>
        <div class="inputs-build">
          <h2>{t("inputs.title")}</h2>
          <p class="hint">{t("inputs.help")}</p>
          <SchemaBuilder beside pointer="/inputs" title={t("inputs.list")} value={value} onChange={change} />
        </div>
        <div class="inputs-json">
          <Field pointer="" label={t("inputs.json")} hint={t("inputs.json_help")}>{(belongs) => <JsonText name="/inputs json" belongs={belongs} value={value} onChange={change} rows={24} placeholder="{}" />}</Field>
        </div>
      </fieldset>
    </div>
  );
}
