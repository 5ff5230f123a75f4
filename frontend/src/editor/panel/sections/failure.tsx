/** What happens when a step fails: tries, time, and then. */

import { kindOf } from "../../../flow/document";
import { addHandler } from "../../edits";
import { type Json, type JsonObject, isObject } from "../../json";
import { changed } from "../../pointer";
import { t } from "../../texts";
import { useStore } from "../../using";
import { usePut, usePutOrPrune } from "../editing";
import { Field } from "../fields/field";
import { DurationField, NumberField } from "../fields/inputs";
import { InnerSteps } from "./inner_steps";

export function Retry({ value, pointer }: { value: Json | undefined; pointer: string }) {
  const at = `${pointer}/retry`;
  const put = usePutOrPrune(pointer);
  const retry = isObject(value) ? value : {};
  return (
    <div data-pointer={at}>
      <NumberField pointer={`${at}/attempts`} label={t("retry.attempts")} hint={t("retry.attempts_help")} placeholder="1" value={retry["attempts"]} onChange={(made) => put(`${at}/attempts`, made)} />
      <div class="panel-pair">
        <DurationField pointer={`${at}/delay`} label={t("retry.delay")} placeholder="1s" value={retry["delay"]} onChange={(made) => put(`${at}/delay`, made)} />
        <NumberField pointer={`${at}/backoff`} label={t("retry.backoff")} placeholder="2" value={retry["backoff"]} onChange={(made) => put(`${at}/backoff`, made)} />
        <DurationField pointer={`${at}/max_delay`} label={t("retry.max_delay")} placeholder="5m" value={retry["max_delay"]} onChange={(made) => put(`${at}/max_delay`, made)} />
        <NumberField pointer={`${at}/jitter`} label={t("retry.jitter")} placeholder="0.1" value={retry["jitter"]} onChange={(made) => put(`${at}/jitter`, made)} />
      </div>
      <p class="hint">{t("retry.help")}</p>
    </div>
  );
}

export function Timeout({ step, pointer }: { step: JsonObject; pointer: string }) {
  const put = usePut();
  const hint = t(kindOf(step) === "approval" ? "step.timeout_help_approval" : "step.timeout_help");
  return <DurationField pointer={`${pointer}/timeout`} label={t("step.timeout")} hint={hint} value={step["timeout"]} onChange={(value) => put(`${pointer}/timeout`, value)} />;
}

export function OnError({ value, pointer }: { value: Json | undefined; pointer: string }) {
  const store = useStore();
  const at = `${pointer}/on_error`;
  const is = Array.isArray(value) ? "steps" : value === undefined ? "fail" : typeof value === "string" ? value : "fail";
  const turn = (to: string) => {
    if (to === is) return;
    store.change((document) => (to === "steps" ? addHandler(changed(document, at, () => undefined), pointer)
      : { document: changed(document, at, () => (to === "fail" ? undefined : to)) }));
  };
  return (
    <>
      <Field pointer={at} label={t("step.on_error")} hint={t(`on_error.${is === "steps" || is === "continue" ? is : "fail"}_help`)}>{(belongs) => (
        <select {...belongs} class="form-select" value={is} onChange={(event) => turn(event.currentTarget.value)}>
          {["fail", "continue", "steps"].includes(is) ? null : <option value={is}>{is}</option>}
          <option value="fail">{t("on_error.fail")}</option>
          <option value="continue">{t("on_error.continue")}</option>
          <option value="steps">{t("on_error.steps")}</option>
        </select>
      )}</Field>
      {Array.isArray(value) ? <InnerSteps list={at} steps={value} /> : null}
    </>
  );
}
