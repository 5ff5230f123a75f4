/** What the chosen step says, to be read and changed; the document's own keys when none is chosen. */

import { useEffect, useRef, useState } from "preact/hooks";
import { stepAt } from "../edits";
import type { Store } from "../store";
import { useTest } from "../testing/following";
import { t } from "../texts";
import { useStore, useValue } from "../using";
import { DocumentPanel } from "./document_panel";
import { leadTo } from "./leading";
import { Result } from "./run/result";
import { RunChoice } from "./run/run_choice";
import { StepPanel } from "./step_panel";

/** Links that were followed already, so that none is followed again when the panel comes back. */
const FOLLOWED = new WeakMap<Store, number>();
/** The test whose result was shown by itself once. */
const SHOWN = new WeakMap<Store, string>();

export function Panel() {
  const store = useStore();
  const selected = useValue((state) => state.selected);
  const document = useValue((state) => state.document);
  const parsed = useValue((state) => state.parsed);
  const focus = useValue((state) => state.focus);
  const run = useValue((state) => state.run);
  const [part, setPart] = useState<"settings" | "result">("settings");
  const { job } = useTest();
  const host = useRef<HTMLDivElement>(null);
  const step = stepAt(document, selected);

  useEffect(() => {
    if (focus.number === (FOLLOWED.get(store) ?? 0)) return;
    setPart("settings");
    // After the settings are drawn, and the folded parts that have problems opened.
    requestAnimationFrame(() => {
      if (host.current && leadTo(host.current, focus.pointer)) FOLLOWED.set(store, focus.number);
    });
  }, [store, focus, selected, part]);

  // Whoever starts a test wants to see what comes of it.
  useEffect(() => {
    if (job === (SHOWN.get(store) ?? "")) return;
    SHOWN.set(store, job);
    setPart("result");
  }, [store, job]);

  return (
    <div class="editor-panel panel" ref={host}>
      {parsed ? null : (
        <div class="flash flash-warning" role="status">
          <span>{t("panel.unparsed")} <button type="button" class="panel-link" onClick={() => store.show("json")}>{t("panel.unparsed_look")}</button></span>
        </div>
      )}
      <div class="panel-top">
        <div class="segments" role="group" aria-label={t("panel.parts")}>
          <button type="button" aria-pressed={part === "settings"} onClick={() => setPart("settings")}>{t("panel.settings")}</button>
          <button type="button" aria-pressed={part === "result"} onClick={() => setPart("result")}>{t("panel.result")}</button>
        </div>
        <RunChoice />
      </div>
      {part === "result" ? <Result step={step} pointer={selected} run={run} /> : (
        <fieldset class="panel-body" disabled={!parsed || !store.start.can.save}>
          {step ? <StepPanel key={selected} step={step} pointer={selected} /> : <DocumentPanel />}
        </fieldset>
      )}
    </div>
  );
}
