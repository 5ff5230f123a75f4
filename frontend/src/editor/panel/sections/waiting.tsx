/** A wait, and an approval. */

import { type Json, type JsonObject, isObject } from "../../json";
import { t } from "../../texts";
import { usePut, usePutOrPrune } from "../editing";
import { ExpressionInput } from "../expression/expression_input";
import { Field } from "../fields/field";
import { ChoiceField, DurationField, shown } from "../fields/inputs";
import { ANYTHING } from "../form/shapes";
import { Expressions, ValueField } from "../form/value_field";
import { SchemaBuilder } from "../schema_builder";

export function Wait({ step, pointer }: { step: JsonObject; pointer: string }) {
  const put = usePut();
  const at = `${pointer}/wait`;
  const value = step["wait"];
  const until = isObject(value);
  return (
    <section class="panel-section">
      <ChoiceField pointer="" label={t("wait.title")} value={until ? "until" : "for"} options={[{ value: "for", label: t("wait.for") }, { value: "until", label: t("wait.until") }]}
        onChange={(made) => put(at, made === "until" ? { until: "" } : "1m")} />
      {until ? (
        <Field pointer={`${at}/until`} label={t("wait.moment")} hint={t("wait.moment_help")} needed deep>{(belongs) => (
          <ExpressionInput pointer={`${at}/until`} belongs={belongs} text={shown(value["until"])} onText={(text) => put(`${at}/until`, text)} placeholder="2026-03-01T08:00:00Z" />
        )}</Field>
      ) : <DurationField pointer={at} label={t("wait.duration")} hint={t("wait.duration_help")} needed value={value} onChange={(made) => put(at, made ?? "")} />}
    </section>
  );
}

const TEXT_LIST = { ...ANYTHING, kind: "list", item: { ...ANYTHING, kind: "text" } };

export function Approval({ step, pointer }: { step: JsonObject; pointer: string }) {
  const at = `${pointer}/approval`;
  const put = usePutOrPrune(pointer);
  const approval: JsonObject = isObject(step["approval"]) ? step["approval"] : {};
  const set = (name: string) => (value: Json | undefined) => put(`${at}/${name}`, value);
  return (
    <section class="panel-section" data-pointer={at}>
      <Field pointer={`${at}/title`} label={t("approval.title")} hint={t("approval.title_help")} needed deep>{(belongs) => (
        <ExpressionInput pointer={`${at}/title`} belongs={belongs} text={shown(approval["title"])} onText={set("title")} />
      )}</Field>
      <Expressions.Provider value={false}>
        <ValueField shape={{ ...TEXT_LIST, title: t("approval.assignees"), help: t("approval.assignees_help") }} pointer={`${at}/assignees`} label={t("approval.assignees")} needed={false} value={approval["assignees"]} onChange={set("assignees")} />
      </Expressions.Provider>
      {step["timeout"] === undefined || approval["timeout"] !== undefined
        ? <DurationField pointer={`${at}/timeout`} label={t("approval.timeout")} hint={t("approval.timeout_help")} value={approval["timeout"]} onChange={set("timeout")} /> : null}
      <SchemaBuilder pointer={`${at}/form`} title={t("approval.form")} hint={t("approval.form_help")} value={approval["form"]} onChange={set("form")} />
    </section>
  );
}
