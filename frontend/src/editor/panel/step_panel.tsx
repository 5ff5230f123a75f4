/** Every key of one step, by its kind. */

import { useId } from "preact/hooks";
import { type Kind, kindOf } from "../../flow/document";
import { NEW_KINDS, type NewKind, changeKind } from "../edits";
import { type JsonObject } from "../json";
import { pointerTo } from "../pointer";
import { t } from "../texts";
import { useStore } from "../using";
import { usePut } from "./editing";
import { ConditionField } from "./expression/condition";
import { Problems, useProblems } from "./fields/field";
import { Folded, Section } from "./fields/section";
import { RowButtons } from "./form/row_buttons";
import { ANYTHING } from "./form/shapes";
import { ValueField } from "./form/value_field";
import { Choice, Parallel } from "./sections/arms";
import { Call } from "./sections/call";
import { OnError, Retry, Timeout } from "./sections/failure";
import { Identity } from "./sections/identity";
import { InnerSteps } from "./sections/inner_steps";
import { Labels, Template } from "./sections/more";
import { Repeat } from "./sections/repeat";
import { Approval, Wait } from "./sections/waiting";

const COMMON = ["id", "name", "if", "on_error", "output", "labels"];
/** Keys besides the common ones, as `kernel/step_rules.py` has them. */
const OF_KIND: Record<Kind, readonly string[]> = {
  call: ["uses", "with", "credential", "foreach", "concurrency", "retry", "timeout", "mock"],
  group: ["steps", "foreach", "concurrency", "retry", "timeout"],
  foreach: ["steps", "foreach", "concurrency", "retry", "timeout"],
  parallel: ["branches", "join", "retry", "timeout"],
  choice: ["cases", "else", "retry", "timeout"],
  wait: ["wait"],
  approval: ["approval", "timeout"],
  unknown: [],
};

export function StepPanel({ step, pointer }: { step: JsonObject; pointer: string }) {
  const put = usePut();
  const kind = kindOf(step);
  const has = (key: string) => OF_KIND[kind].includes(key);
  const at = (...keys: string[]) => keys.map((key) => pointer + pointerTo(key));
  const set = (...keys: string[]) => keys.some((key) => step[key] !== undefined);
  return (
    <>
      <KindLine pointer={pointer} kind={kind} />
      <Identity step={step} pointer={pointer} />
      <Essence step={step} pointer={pointer} kind={kind} />
      {kind === "foreach" ? <Section title={t("fold.foreach")}><Repeat step={step} pointer={pointer} /></Section> : null}
      {kind === "group" || kind === "foreach" ? <Section title={t("step.steps")} hint={t("step.steps_help")}><InnerSteps list={`${pointer}/steps`} steps={step["steps"]} /></Section> : null}
      <Folded title={t("fold.if")} set={set("if")} pointers={at("if")}>
        <ConditionField pointer={`${pointer}/if`} label={t("step.if")} hint={t("step.if_help")} value={step["if"]} placeholder="inputs.send" onChange={(value) => put(`${pointer}/if`, value)} />
      </Folded>
      {kind === "call" ? <Folded title={t("fold.foreach")} set={set("foreach", "concurrency")} pointers={at("foreach", "concurrency")}><Repeat step={step} pointer={pointer} /></Folded> : null}
      <Folded title={t("fold.failure")} set={set("retry", "timeout", "on_error")} pointers={at("retry", "timeout", "on_error")}>
        {has("timeout") && (kind !== "approval" || set("timeout")) ? <Timeout step={step} pointer={pointer} /> : null}
        {has("retry") ? <Retry value={step["retry"]} pointer={pointer} /> : null}
        <OnError value={step["on_error"]} pointer={pointer} />
      </Folded>
      <Folded one title={t("fold.output")} set={set("output")} pointers={at("output")}>
        <Template pointer={`${pointer}/output`} label={t("step.output")} hint={t("step.output_help", { id: String(step["id"] ?? "") })} value={step["output"]} />
      </Folded>
      {has("mock") ? <Folded one title={t("fold.mock")} set={set("mock")} pointers={at("mock")}><Template pointer={`${pointer}/mock`} label={t("step.mock")} hint={t("step.mock_help")} value={step["mock"]} /></Folded> : null}
      <Folded title={t("fold.labels")} set={set("labels")} pointers={at("labels")}><Labels pointer={`${pointer}/labels`} value={step["labels"]} /></Folded>
      <Others step={step} pointer={pointer} known={[...COMMON, ...OF_KIND[kind]]} />
    </>
  );
}

function Essence({ step, pointer, kind }: { step: JsonObject; pointer: string; kind: Kind }) {
  switch (kind) {
    case "call": return <Call step={step} pointer={pointer} />;
    case "parallel": return <Parallel step={step} pointer={pointer} />;
    case "choice": return <Choice step={step} pointer={pointer} />;
    case "wait": return <Wait step={step} pointer={pointer} />;
    case "approval": return <Approval step={step} pointer={pointer} />;
    default: return null;
  }
}

/** What kind of step it is, to be turned into another. */
function KindLine({ pointer, kind }: { pointer: string; kind: Kind }) {
  const store = useStore();
  const problems = useProblems(pointer);
  const id = useId();
  return (
    <div data-pointer={pointer} class="panel-kind">
      <div class="panel-kind-line"><label for={id} class="quiet">{t("step.kind")}</label>
        <select id={id} class="form-select" value={kind} onChange={(event) => store.change((document) => changeKind(document, pointer, event.currentTarget.value as NewKind, t("approval.question")))}>
          {kind === "unknown" ? <option value="unknown">{t("kind.unknown")}</option> : null}
          {NEW_KINDS.map((one) => <option key={one} value={one}>{t(`kind.${one}`)}</option>)}
        </select>
      </div>
      <p class="hint">{t(`kind.${kind}_help`)}</p>
      <Problems problems={problems} />
    </div>
  );
}

/** Keys that this kind of step does not have: to be seen, and taken out. */
function Others({ step, pointer, known }: { step: JsonObject; pointer: string; known: readonly string[] }) {
  const put = usePut();
  const others = Object.keys(step).filter((key) => !known.includes(key));
  if (others.length === 0) return null;
  return (
    <Section title={t("step.others")} hint={t("step.others_help")}>
      {others.map((key) => (
        <div class="panel-item" key={key}>
          <ValueField shape={ANYTHING} pointer={pointer + pointerTo(key)} label={key} needed={false} value={step[key]} onChange={(value) => put(pointer + pointerTo(key), value)} />
          <RowButtons what={key} place={0} count={1} onMove={() => undefined} onRemove={() => put(pointer + pointerTo(key), undefined)} />
        </div>
      ))}
    </Section>
  );
}
