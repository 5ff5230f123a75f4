/** Which past job's values are shown: in the list and the diagram as states, here as values, in previews as data. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Refused, Unreachable } from "../../api";
import type { RunLine } from "../../contract";
import type { Store } from "../../store";
import { t } from "../../texts";
import { useStore, useValue } from "../../using";
import { StateWord } from "./state_word";

/** Editors that have looked already whether their address names a job. */
const NAMED = new WeakSet<Store>();

export function RunChoice() {
  const store = useStore();
  const run = useValue((state) => state.run);
  const menu = useRef<HTMLDetailsElement>(null);
  const [lines, setLines] = useState<readonly RunLine[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [state, setState] = useState<"" | "asking" | "failed">("");

  const guarded = async (act: () => Promise<void>) => {
    setState("asking");
    try {
      await act();
      setState("");
    } catch (trouble) {
      if (!(trouble instanceof Refused || trouble instanceof Unreachable)) throw trouble;
      setState("failed");
    }
  };
  const ask = (after: string, before: readonly RunLine[]) => guarded(async () => {
    const page = await store.api.runs(after);
    setLines([...before, ...page.items]);
    setNext(page.next);
  });
  const take = (id: string) => guarded(async () => {
    store.look(await store.api.run(id, store.state.index), store.state.index);
    if (menu.current) menu.current.open = false;
  });

  // A link that names a job leads to it.
  useEffect(() => {
    const named = new URLSearchParams(location.search).get("job");
    if (named && !NAMED.has(store)) void take(named);
    NAMED.add(store);
  }, [store]);

  return (
    <details class="dropdown menu run-choice" ref={menu} onToggle={(event) => { if (event.currentTarget.open) void ask("", []); }}>
      <summary class="btn btn-sm">{run ? <><span class="visually-hidden">{t("run.values_of")} </span><StateWord state={run.state} words={run.test ? t("run.test") : run.words} /></> : t("run.choose")}</summary>
      <div class="menu-items">
        <p class="label">{t("run.title")}</p>
        {run ? <button type="button" onClick={() => { store.look(undefined); if (menu.current) menu.current.open = false; }}>{t("run.none")}</button> : null}
        {lines.map((line) => (
          <button type="button" key={line.id} aria-pressed={line.id === run?.id} onClick={() => void take(line.id)}>
            <StateWord state={line.state} words={line.words} />
            <span class="quiet">{when(line.started_at)}{line.test ? ` · ${t("run.test")}` : line.version ? ` · v${line.version}` : ""}</span>
          </button>
        ))}
        {next && state === "" ? <button type="button" onClick={() => void ask(next, lines)}>{t("more")}</button> : null}
        <p class="label" role="status">{state === "asking" ? t("loading") : state === "failed" ? t("run.failed") : lines.length === 0 ? t("run.empty") : ""}</p>
      </div>
    </details>
  );
}

/** A moment by the reader's clock and language. */
export function when(at: string | null): string {
  if (!at) return "–";
  return new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: "short", timeStyle: "medium" }).format(new Date(at));
}
