/** Branches of a parallel step, cases of a choice. */

import { useState } from "preact/hooks";
import { ID, addBranch, addCase, addElse, moveCase, removeArm, renameBranch } from "../../edits";
import { type Json, type JsonObject, isObject } from "../../json";
import { changed, pointerTo } from "../../pointer";
import { t } from "../../texts";
import { useStore } from "../../using";
import { moved, usePut } from "../editing";
import { ConditionField } from "../expression/condition";
import { Problems, useProblems } from "../fields/field";
import { ChoiceField } from "../fields/inputs";
import { Section } from "../fields/section";
import { NamedRow } from "../form/named_row";
import { RowButtons } from "../form/row_buttons";
import { InnerSteps } from "./inner_steps";

const JOINS = ["all", "any", "settled"] as const;

export function Parallel({ step, pointer }: { step: JsonObject; pointer: string }) {
  const store = useStore();
  const put = usePut();
  const at = `${pointer}/branches`;
  const problems = useProblems(at);
  const [refused, setRefused] = useState("");
  const branches = Object.entries(isObject(step["branches"]) ? step["branches"] : {});
  const join = typeof step["join"] === "string" ? step["join"] : "all";
  const rename = (old: string, to: string) => {
    const taken = to !== old && branches.some(([name]) => name === to);
    setRefused(to === old || to === "" ? "" : taken ? t("branch.taken", { name: to }) : ID.test(to) ? "" : t("step.id_wrong"));
    if (to !== old) store.change((document) => renameBranch(document, at + pointerTo(old), to));
  };
  const reorder = (from: number, to: number) => store.change((document) => ({ document: changed(document, at, () => Object.fromEntries(moved(branches, from, to))) }));
  return (
    <>
      <Section title={t("parallel.title")} hint={t("parallel.help")}>
        <div data-pointer={at}><Problems problems={problems} />{refused ? <p class="problem" role="alert">{refused}</p> : null}</div>
        {branches.map(([name, list], place) => (
          <NamedRow key={place} name={name} label={t("branch.name")} onRename={(to) => rename(name, to)} buttons={(
            <RowButtons what={name} place={place} count={branches.length} onMove={(to) => reorder(place, to)}
              onRemove={branches.length < 2 ? undefined : () => store.change((document) => removeArm(document, at + pointerTo(name)))} />
          )}>
            <InnerSteps list={at + pointerTo(name)} steps={list} />
          </NamedRow>
        ))}
        <button type="button" class="btn btn-sm" onClick={() => store.change((document) => addBranch(document, pointer))}>{t("branch.add")}</button>
      </Section>
      <section class="panel-section">
        <ChoiceField pointer={`${pointer}/join`} label={t("join.title")} hint={t(`join.${JOINS.find((one) => one === join) ?? "all"}_help`)} value={join}
          options={JOINS.map((one) => ({ value: one, label: t(`join.${one}`) }))} onChange={(value) => put(`${pointer}/join`, value === "all" ? undefined : value)} />
      </section>
    </>
  );
}

export function Choice({ step, pointer }: { step: JsonObject; pointer: string }) {
  const store = useStore();
  const put = usePut();
  const at = `${pointer}/cases`;
  const problems = useProblems(at);
  const cases: readonly Json[] = Array.isArray(step["cases"]) ? step["cases"] : [];
  const list = (place: number) => `${at}/${place}/steps`;
  return (
    <Section title={t("choice.title")} hint={t("choice.help")}>
      <div data-pointer={at}><Problems problems={problems} /></div>
      {cases.map((one, place) => (
        <div class="panel-case" key={place}>
          <div class="panel-case-head"><h4>{t("choice.case", { number: place + 1 })}</h4>
            <RowButtons what={t("choice.case", { number: place + 1 })} place={place} count={cases.length}
              onMove={(to) => store.change((document) => moveCase(document, list(place), to < place ? -1 : 1))}
              onRemove={cases.length < 2 ? undefined : () => store.change((document) => removeArm(document, list(place)))} />
          </div>
          <ConditionField pointer={`${at}/${place}/if`} label={t("choice.if")} needed value={isObject(one) ? one["if"] : undefined} placeholder="steps.check.output.total > 0" onChange={(value) => put(`${at}/${place}/if`, value ?? "")} />
          <InnerSteps list={list(place)} steps={isObject(one) ? one["steps"] : undefined} />
        </div>
      ))}
      <button type="button" class="btn btn-sm" onClick={() => store.change((document) => addCase(document, pointer))}>{t("choice.add")}</button>
      <div class="panel-case">
        <div class="panel-case-head"><h4>{t("choice.else")}</h4>
          {Array.isArray(step["else"]) ? <RowButtons what={t("choice.else")} place={0} count={1} onMove={() => undefined} onRemove={() => store.change((document) => removeArm(document, `${pointer}/else`))} /> : null}
        </div>
        {Array.isArray(step["else"])
          ? <InnerSteps list={`${pointer}/else`} steps={step["else"]} />
          : <button type="button" class="btn btn-sm" onClick={() => store.change((document) => addElse(document, pointer))}>{t("choice.else_add")}</button>}
      </div>
    </Section>
  );
}
