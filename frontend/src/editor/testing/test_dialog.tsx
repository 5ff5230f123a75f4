/** Asks what a test runs with: inputs, how much of the draft, outputs that are taken as they are. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Refused, Unreachable } from "../api";
import type { Problem } from "../contract";
import { stepAround, stepAt } from "../edits";
import { type Json, type JsonObject, isObject } from "../json";
import { visibleFrom } from "../panel/expression/visible";
import { Folded } from "../panel/fields/section";
import { shown } from "../panel/fields/inputs";
import { RunChoice } from "../panel/run/run_choice";
import { nameOf } from "../panel/sections/inner_steps";
import { useScreen } from "../screen";
import { t } from "../texts";
import { useStore, useValue } from "../using";
import { following } from "./following";
import { Pins } from "./pins";
import { remember, remembered } from "./remembered";
import { TestInputs } from "./test_inputs";

export interface TestDialogProps { onClose(): void }

type What = "all" | "step" | "until";

export function TestDialog({ onClose }: TestDialogProps) {
  const store = useStore();
  const screen = useScreen();
  const dialog = useRef<HTMLDialogElement>(null);
  const { workflow } = store.start;
  const selected = useValue((state) => state.selected);
  const document = useValue((state) => state.document);
  const pins = useValue((state) => state.pins);
  const run = useValue((state) => state.run);
  const parsed = useValue((state) => state.parsed);
  const step = stepAt(document, selected);
  const [what, setWhat] = useState<What>("all");
  const [inputs, setInputs] = useState<Json>(() => remembered(workflow.id));
  const [index, setIndex] = useState(store.state.index);
  const [starting, setStarting] = useState(false);
  const [problem, setProblem] = useState("");
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  useEffect(() => { if (dialog.current && !dialog.current.open) dialog.current.showModal(); }, []);

  const amount: What = step ? what : "all";
  const inForeach = step !== undefined && (visibleFrom(document, `${selected}/with`).foreach !== undefined);
  const start = async () => {
    setStarting(true);
    setProblem("");
    setProblems([]);
    remember(workflow.id, inputs);
    try {
      const asked: JsonObject = amount === "all" ? { all: true } : { [amount]: selected };
      await following(store).start({ text: store.state.text, inputs, what: asked, pins, job: amount === "all" ? null : (run?.id ?? null), index: amount === "step" && inForeach ? index : null });
      store.show("steps");
      screen.show("panel");
      onClose();
    } catch (trouble) {
      if (trouble instanceof Refused) {
        setProblem(trouble.message);
        setProblems(Array.isArray(trouble.body["problems"]) ? (trouble.body["problems"] as Problem[]) : []);
      } else if (trouble instanceof Unreachable) setProblem(t("unreachable"));
      else throw trouble;
      setStarting(false);
    }
  };
  const lead = (one: Problem) => {
    onClose();
    store.lead(one.pointer, stepAround(document, one.pointer));
  };

  return (
    <dialog class="dialog test-dialog" ref={dialog} aria-labelledby="test-title" onClose={onClose} onKeyDown={(event) => event.stopPropagation()}>
      <form onSubmit={(event) => { event.preventDefault(); void start(); }}>
        <h2 id="test-title">{t("test.title")}</h2>
        <p class="hint">{t("test.help")}</p>
        {step ? (
          <fieldset class="test-what">
            <legend class="label">{t("test.what")}</legend>
            {(["all", "until", "step"] as const).map((one) => (
              <label class="form-check" key={one}>
                <input type="radio" class="form-check-input" name="test-what" value={one} checked={amount === one} onChange={() => setWhat(one)} />
                <span class="form-check-label">{t(`test.${one}`, { name: nameOf(step) })}</span>
              </label>
            ))}
          </fieldset>
        ) : null}
        {amount === "step" ? <p class="hint">{t("test.step_help")} <RunChoice /></p> : null}
        {amount === "step" && inForeach ? (
          <label class="field"><span class="label">{t("test.index")}</span><input class="form-control panel-short" type="number" min="0" value={index} onInput={(event) => setIndex(Number(event.currentTarget.value) || 0)} /></label>
        ) : null}
        <TestInputs schema={isObject(document) ? document["inputs"] : undefined} value={inputs} onChange={setInputs} />
        <Folded title={t("pins.title")} set={Object.keys(pins).length > 0}><Pins /></Folded>
        {problem ? <p class="problem" role="alert">{problem}</p> : null}
        {problems.length > 0 ? (
          <ul class="test-problems">{problems.slice(0, 20).map((one) => (
            <li key={`${one.pointer} ${one.code}`}>
              {stepAround(document, one.pointer) !== "" || one.pointer.startsWith("/output") ? <button type="button" class="panel-link" onClick={() => lead(one)}>{one.message}</button> : one.message} <span class="quiet mono">{shown(one.pointer)}</span>
            </li>
          ))}</ul>
        ) : null}
        {parsed ? null : <p class="problem">{t("panel.unparsed")}</p>}
        <div class="dialog-foot">
          <button type="button" class="btn" onClick={() => dialog.current?.close()}>{t("cancel")}</button>
          <button type="submit" class="btn btn-primary" disabled={starting || !parsed || !store.start.can.run}>{t(starting ? "test.starting" : "test.start")}</button>
        </div>
      </form>
    </dialog>
  );
}
