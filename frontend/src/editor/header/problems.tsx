/** How many problems the server sees, and where each of them is. */

import type { Problem } from "../contract";
import { stepAround, stepAt } from "../edits";
import { Icon } from "../icon";
import { nameOfStep } from "../kinds";
import { useScreen } from "../screen";
import { t } from "../texts";
import { useStore, useValue } from "../using";

export function Problems() {
  const problems = useValue((state) => state.problems);
  const words = problems.length === 0 ? t("problems.none") : problems.length === 1 ? t("problems.one") : t("problems.many", { count: problems.length });
  return (
    <details class="menu editor-problems">
      <summary class={`btn${problems.length > 0 ? " is-wrong" : ""}`} aria-label={words} title={words}>
        {problems.length > 0 ? <Icon name="alert-circle" /> : <Icon name="circle-check" />}<span>{problems.length}</span>
      </summary>
      <div class="menu-items">
        {problems.length === 0 ? <p class="label">{words}</p> : <ProblemList problems={problems} />}
      </div>
    </details>
  );
}

/** Each leads to its field. */
export function ProblemList({ problems, onLead }: { problems: readonly Problem[]; onLead?: () => void }) {
  const store = useStore();
  const screen = useScreen();
  const document_ = useValue((state) => state.document);
  const parsed = useValue((state) => state.parsed);
  const lead = (problem: Problem) => (event: Event) => {
    (event.currentTarget as Element).closest("details")?.removeAttribute("open");
    onLead?.();
    const step = stepAround(document_, problem.pointer);
    store.lead(problem.pointer, step);
    if (!parsed || (step === "" && !problem.pointer.startsWith("/inputs"))) store.show("json");
    else if (step === "") store.show("inputs");
    screen.show("panel");
  };
  return (
    <ul class="editor-problem-list">
      {problems.map((problem, place) => {
        const step = stepAt(document_, stepAround(document_, problem.pointer));
        return (
          <li key={place}>
            <button type="button" onClick={lead(problem)}>
              <span><strong>{step ? nameOfStep(step) : t("problems.workflow")}</strong> <span class="quiet">{problem.line > 0 ? t("problems.line", { line: problem.line }) : ""}</span></span>
              <span>{problem.message}</span>
              {problem.hint && <span class="quiet">{problem.hint}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
