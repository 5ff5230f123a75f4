/** What came of the step, or of the whole, in the run that is shown. */

import { useState } from "preact/hooks";
import type { Run, RunStep } from "../../contract";
import { type Json, type JsonObject, formatJson, isObject } from "../../json";
import { following, useTest } from "../../testing/following";
import { TestLog } from "../../testing/test_log";
import { t } from "../../texts";
import { useStore, useValue } from "../../using";
import { shown } from "../fields/inputs";
import { ItemChoice } from "./item_choice";
import { isOver, StateWord } from "./state_word";

export function Result({ step, pointer, run }: { step: JsonObject | undefined; pointer: string; run: Run | undefined }) {
  if (!run) return <div class="blank"><p>{t("result.none")}</p></div>;
  return (
    <div class="panel-result">
      <p class="panel-job"><StateWord state={run.state} words={run.words} /> <a href={run.url}>{t(run.test ? "result.test_job" : "result.job")}</a> <Cancel run={run} /></p>
      {step ? <ItemChoice run={run} pointer={pointer} /> : null}
      {step ? <OfStep id={shown(step["id"])} run={run} /> : <Whole run={run} />}
      <TestLog job={run.id} step={step ? shown(step["id"]) : ""} />
    </div>
  );
}

function Cancel({ run }: { run: Run }) {
  const store = useStore();
  const test = useTest();
  if (test.job !== run.id || isOver(run.state)) return null;
  return <button type="button" class="btn btn-sm" disabled={test.cancelling} onClick={() => void following(store).cancel()}>{t("test.cancel")}</button>;
}

function Whole({ run }: { run: Run }) {
  return (
    <>
      {run.error === null || run.error === undefined ? null : <Failure error={run.error} />}
      {run.output === null || run.output === undefined ? null : <Value title={t("result.output")} value={run.output} open />}
      <Value title={t("result.inputs")} value={run.inputs} />
    </>
  );
}

function OfStep({ id, run }: { id: string; run: Run }) {
  const [which, setWhich] = useState("");
  const ran = run.steps.filter((one) => one.id === id);
  if (ran.length === 0) return <p class="hint">{t("result.not_ran")}</p>;
  const one = ran.find((other) => other.path === which) ?? ran.find((other) => isFailed(other)) ?? ran[0]!;
  return (
    <>
      {ran.length > 1 ? (
        <label class="field"><span class="label">{t("result.which", { count: ran.length })}</span>
          <select class="form-select" value={one.path} onChange={(event) => setWhich(event.currentTarget.value)}>
            {ran.map((other) => <option key={other.path} value={other.path}>{other.path} · {other.words}</option>)}
          </select>
        </label>
      ) : null}
      <dl class="facts">
        <div><dt>{t("result.state")}</dt><dd><StateWord state={one.state} words={one.words} /></dd></div>
        {one.duration === null ? null : <div><dt>{t("result.duration")}</dt><dd>{duration(one.duration)}</dd></div>}
        {one.attempts > 1 ? <div><dt>{t("result.attempts")}</dt><dd>{one.attempts}</dd></div> : null}
        {one.items === null ? null : <div><dt>{t("result.items")}</dt><dd>{one.items}</dd></div>}
      </dl>
      {one.error === null || one.error === undefined ? null : <Failure error={one.error} />}
      {one.cut ? <p class="hint">{t("result.cut")}</p> : null}
      {isOver(one.state) ? <Value title={t("result.output")} value={one.output} open /> : null}
      {one.input === null || one.input === undefined ? null : <Value title={t("result.input")} value={one.input} />}
      {isOver(one.state) && ran.length === 1 ? <Pin id={id} ran={one} /> : null}
    </>
  );
}

/** The output kept for the next test, in which the step is then not run. */
function Pin({ id, ran }: { id: string; ran: RunStep }) {
  const store = useStore();
  const pins = useValue((state) => state.pins);
  const pinned = Object.hasOwn(pins, id);
  if (ran.cut && !pinned) return <p class="hint">{t("pin.cut")}</p>;
  const without = () => Object.fromEntries(Object.entries(pins).filter(([name]) => name !== id));
  return (
    <p>
      <button type="button" class="btn btn-sm" aria-pressed={pinned} onClick={() => store.pin(pinned ? without() : { ...pins, [id]: ran.output })}>{t(pinned ? "pin.remove" : "pin.add")}</button>
      <span class="hint"> {t("pin.help")}</span>
    </p>
  );
}

export function Failure({ error }: { error: Json }) {
  const said = isObject(error) ? error : { message: error };
  return (
    <div class="cause-panel" role="group" aria-label={t("result.error")}>
      <p class="message">{shown(said["message"])}</p>
      <p class="quiet mono">{[shown(said["code"]), shown(said["path"])].filter(Boolean).join(" · ")}</p>
      {said["details"] === undefined || said["details"] === null ? null : <Value title={t("result.details")} value={said["details"]} />}
    </div>
  );
}

export function Value({ title, value, open = false }: { title: string; value: Json; open?: boolean }) {
  return (
    <details class="panel-fold panel-value" open={open}>
      <summary>{title}</summary>
      <pre class="value" tabIndex={0}>{formatJson(value).trimEnd()}</pre>
    </details>
  );
}

function isFailed(ran: RunStep): boolean {
  return ran.state === "failed" || ran.state === "timed_out";
}

function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const seconds = milliseconds / 1000;
  return new Intl.NumberFormat(document.documentElement.lang || undefined, { maximumFractionDigits: seconds < 10 ? 2 : 0 }).format(seconds) + " s";
}
