/** The steps of a list inside a step, to be looked at; and a new one behind them. */

import { useState } from "preact/hooks";
import { insertNew } from "../../edits";
import { type Json, isObject } from "../../json";
import { t } from "../../texts";
import { useStore } from "../../using";
import { shown } from "../fields/inputs";
import { Picker } from "../picker";

export function InnerSteps({ list, steps }: { list: string; steps: Json | undefined }) {
  const store = useStore();
  const [picking, setPicking] = useState(false);
  const inner: readonly Json[] = Array.isArray(steps) ? steps : [];
  return (
    <div class="panel-inner" data-pointer={list}>
      {inner.length === 0 ? <p class="hint">{t("inner.none")}</p> : (
        <ol>{inner.map((step, place) => (
          <li key={place}><button type="button" class="panel-link" onClick={() => store.select(`${list}/${place}`)}>{nameOf(step)}</button></li>
        ))}</ol>
      )}
      <button type="button" class="btn btn-sm" onClick={() => setPicking(true)}>{t("inner.add")}</button>
      {picking ? <Picker onClose={() => setPicking(false)} onPick={(picked) => {
        setPicking(false);
        store.change((document) => insertNew(document, { list, at: inner.length }, picked, t("approval.question")));
      }} /> : null}
    </div>
  );
}

export function nameOf(step: Json): string {
  return isObject(step) ? shown(step["name"]) || shown(step["id"]) || t("inner.unnamed") : t("inner.unnamed");
}
