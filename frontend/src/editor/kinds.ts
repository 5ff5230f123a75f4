/** What kinds of steps, and what stands inside them, are called and look like. */

import { type Kind, kindOf } from "../flow/document";
import type { Row } from "./list/rows";
import { inner } from "./list/rows";
import { t } from "./texts";

const LOOKS: Record<Kind, { icon: string }> = {
  call: { icon: "puzzle" }, group: { icon: "folder" }, foreach: { icon: "repeat" }, parallel: { icon: "arrows-split-2" }, choice: { icon: "help-hexagon" },
  wait: { icon: "clock-pause" }, approval: { icon: "user-check" }, unknown: { icon: "alert-triangle" },
};
const ARMS: Record<string, { icon: string }> = {
  branch: { icon: "git-branch" }, case: { icon: "arrow-ramp-right-2" }, else: { icon: "corner-down-right" }, handler: { icon: "lifebuoy" },
};

export function iconOf(row: Row): string {
  return row.type === "arm" ? ARMS[row.role]!.icon : row.type === "empty" ? "plus" : row.many && row.kind === "call" ? LOOKS.foreach.icon : LOOKS[row.kind].icon;
}

export function iconOfKind(kind: Kind): string {
  return LOOKS[kind].icon;
}

export function kindWords(kind: Kind): string {
  return t(`kind.${kind}`);
}

/** What a row is called. */
export function titleOf(row: Row): string {
  if (row.type === "empty") return t(row.step === "" && row.level === 1 ? "list.first" : "list.empty");
  if (row.type === "step") return row.title || kindWords(row.kind);
  if (row.role === "case") return inner(row.title) ? t("arm.case", { condition: inner(row.title) }) : t("arm.case.blank");
  return row.role === "branch" ? row.title : t(`arm.${row.role}`);
}

/** What a step is called by people, from its value. */
export function nameOfStep(step: Readonly<Record<string, unknown>>): string {
  const [name] = [step["name"], step["id"]].filter((one) => typeof one === "string" && one !== "");
  return (name as string | undefined) ?? kindWords(kindOf(step));
}
