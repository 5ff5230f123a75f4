/** The document's own keys. */

import { type Json, isObject } from "../json";
import { t } from "../texts";
import { useStore, useValue } from "../using";
import { usePut, usePutInDocument } from "./editing";
import { Problems, useProblems } from "./fields/field";
import { DurationField, LinesField, TextField } from "./fields/inputs";
import { Folded, Section } from "./fields/section";
import { MapField } from "./form/any_field";
import { RowButtons } from "./form/row_buttons";
import { ANYTHING } from "./form/shapes";
import { Expressions, ValueField } from "./form/value_field";

const KNOWN = ["schema", "name", "description", "inputs", "vars", "timeout", "steps", "output"];

export function DocumentPanel() {
  const store = useStore();
  const put = usePutInDocument();
  const putAnywhere = usePut();
  const document = useValue((state) => state.document);
  const unreadable = useProblems("/schema");
  const said = isObject(document) ? document : {};
  const set = (key: string) => (value: Json | undefined) => put(key, value);
  const inputs = isObject(said["inputs"]) && isObject(said["inputs"]["properties"]) ? Object.keys(said["inputs"]["properties"]) : [];
  return (
    <>
      <h2 class="panel-title">{t("document.title")}</h2>
      <p class="hint">{t("document.help")}</p>
      <Problems problems={unreadable} />
      <section class="panel-section">
        <TextField pointer="/name" label={t("document.name")} hint={t("document.name_help")} value={said["name"]} placeholder={store.start.workflow.name} onChange={set("name")} />
        <LinesField pointer="/description" label={t("document.description")} value={said["description"]} rows={3} onChange={set("description")} />
      </section>
      <Section title={t("document.inputs")}>
        <p class="hint">{inputs.length > 0 ? inputs.join(", ") : t("document.inputs_none")}</p>
        <button type="button" class="btn btn-sm" onClick={() => store.show("inputs")}>{t("document.inputs_edit")}</button>
      </Section>
      <Folded one title={t("document.output")} set={said["output"] !== undefined} pointers={["/output"]}>
        <ValueField shape={{ ...ANYTHING, title: t("document.output"), help: t("document.output_help"), rule: said["output"] === undefined || isObject(said["output"]) ? { type: "object" } : {} }}
          pointer="/output" label={t("document.output")} needed={false} value={said["output"]} onChange={set("output")} />
      </Folded>
      <Folded one title={t("document.vars")} set={said["vars"] !== undefined} pointers={["/vars"]}>
        <Expressions.Provider value={false}>
          <MapField shape={{ ...ANYTHING, title: t("document.vars"), help: t("document.vars_help"), rule: { type: "object" } }} pointer="/vars" label={t("document.vars")} needed={false} value={said["vars"]} onChange={set("vars")} />
        </Expressions.Provider>
      </Folded>
      <Folded one title={t("document.timeout")} set={said["timeout"] !== undefined} pointers={["/timeout"]}>
        <DurationField pointer="/timeout" label={t("document.timeout")} hint={t("document.timeout_help")} value={said["timeout"]} onChange={set("timeout")} />
      </Folded>
      {Object.keys(said).filter((key) => !KNOWN.includes(key)).map((key) => (
        <div class="panel-item" key={key}>
          <ValueField shape={ANYTHING} pointer={`/${key}`} label={key} needed={false} value={said[key]} onChange={(value) => putAnywhere(`/${key}`, value)} />
          <RowButtons what={key} place={0} count={1} onMove={() => undefined} onRemove={() => putAnywhere(`/${key}`, undefined)} />
        </div>
      ))}
    </>
  );
}
