/** What an expression gives on the run whose values are shown. */

import { useEffect, useState } from "preact/hooks";
import { Refused, Unreachable } from "../../api";
import { stepAround } from "../../edits";
import type { Json } from "../../json";
import { useStore, useValue } from "../../using";
import { remembered } from "../../testing/remembered";
import { t } from "../../texts";
import { brief } from "../values";

type Shown = { value: Json; kind: string; cut: boolean } | { error: { message: string; hint: string; column: number } };

const WAIT = 350;

/** Asks the server, once the typing pauses; undefined while there is nothing to ask. `pointer`: of the value, in its step. */
export function usePreview(pointer: string, value: Json, wanted: boolean): Shown | undefined {
  const store = useStore();
  const job = useValue((state) => state.run?.id ?? null);
  const index = useValue((state) => state.index);
  const pins = useValue((state) => state.pins);
  const [shown, setShown] = useState<Shown>();
  useEffect(() => {
    if (!wanted) {
      setShown(undefined);
      return undefined;
    }
    const stop = new AbortController();
    // Without a run, the inputs of the last test are what there is.
    const tried = remembered(store.start.workflow.id);
    const given = Object.keys(tried).length > 0 ? tried : null;
    const timer = setTimeout(() => {
      store.api.preview({ text: store.state.text, pointer: stepAround(store.state.document, pointer), value, job, index, pins, inputs: job === null ? given : null }, stop.signal).then(setShown, (trouble: unknown) => {
        if (stop.signal.aborted) return;
        if (trouble instanceof Refused) setShown({ error: { message: trouble.message, hint: "", column: 0 } });
        else if (trouble instanceof Unreachable) setShown({ error: { message: t("unreachable"), hint: "", column: 0 } });
        else throw trouble;
      });
    }, WAIT);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [store, pointer, value, job, index, pins, wanted]);
  return shown;
}

/** `before`: how many characters of what the server read stand before what is shown. */
export function Preview({ shown, before = 0 }: { shown: Shown | undefined; before?: number }) {
  if (!shown) return null;
  if ("error" in shown) {
    const { message, hint, column } = shown.error;
    return (
      <p class="panel-preview panel-preview-wrong" role="status">
        {column > before ? `${t("preview.column", { column: column - before })} ` : ""}{message} <span class="quiet">{hint}</span>
      </p>
    );
  }
  return (
    <p class="panel-preview" role="status" title={brief(shown.value, 2000)}>
      <span class="panel-arrow" aria-label={t("preview.gives")}>→</span> <span class="mono">{brief(shown.value, 180)}</span>{" "}
      <span class="quiet">{t(`kind_of.${shown.kind}`)}{shown.cut ? `, ${t("preview.cut")}` : ""}</span>
    </p>
  );
}
