/** The log of a test, of one step or of the whole. */

import { t } from "../texts";
import { useTest } from "./following";

export function TestLog({ job, step }: { job: string; step: string }) {
  const test = useTest();
  if (test.job !== job) return null;
  const lines = step === "" ? test.log : test.log.filter((one) => one.path.split(".").some((part) => part.replace(/\[\d+\]$/u, "") === step));
  return (
    <section class="panel-section">
      <h3>{t("log.title")}</h3>
      {test.problem ? <p class="problem" role="alert">{test.problem}</p> : null}
      {lines.length === 0 ? <p class="hint">{t(test.phase === "over" ? "log.none" : "log.none_yet")}</p> : (
        <ol class="log log-short" tabIndex={0} aria-label={t("log.title")}>
          {lines.map((one, number) => (
            <li key={number} class={`line line-${one.level}`}>
              <span class="at">{one.time.slice(11, 19)}</span><span class="level">{one.level}</span><span class="text">{one.message}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
