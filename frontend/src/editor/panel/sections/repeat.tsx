/** Once for each item of a list. */

import type { Json, JsonObject } from "../../json";
import { t } from "../../texts";
import { usePut } from "../editing";
import { ConditionField } from "../expression/condition";
import { NumberField } from "../fields/inputs";
import { ListField } from "../form/list_field";
import { ModeChoice } from "../form/mode";
import { ANYTHING } from "../form/shapes";

const LIST = { ...ANYTHING, kind: "list", item: ANYTHING };

export function Repeat({ step, pointer }: { step: JsonObject; pointer: string }) {
  const put = usePut();
  const list = step["foreach"];
  const at = `${pointer}/foreach`;
  // A group without a list is a group; what makes it go through items is taken away in its kind.
  const change = (value: Json | undefined) => put(at, value ?? ("steps" in step ? "" : undefined));
  const fixed = Array.isArray(list);
  const aside = <ModeChoice mode={fixed ? "fixed" : "expression"} nullable={false} expressions label={t("step.foreach")} onTurn={(to) => change(to === "fixed" ? [""] : undefined)} />;
  return (
    <>
      {fixed
        ? <ListField shape={LIST} pointer={at} label={t("step.foreach")} needed value={list} onChange={change} aside={aside} />
        : <ConditionField pointer={at} label={t("step.foreach")} hint={t("step.foreach_help")} value={list} onChange={change} placeholder="steps.pages.output.rows" aside={aside} />}
      <NumberField pointer={`${pointer}/concurrency`} label={t("step.concurrency")} hint={t("step.concurrency_help")} placeholder={t("step.concurrency_all")} value={step["concurrency"]} onChange={(value) => put(`${pointer}/concurrency`, value)} />
    </>
  );
}
