/** The editor's head: what is edited and how it stands, undo and redo, the tabs, test and publish. */

import { Icon } from "../icon";
import { useScreen } from "../screen";
import type { State } from "../store";
import { t } from "../texts";
import { useStore, useValue } from "../using";
import { Problems } from "./problems";
import { draftWords, savingWords } from "./words";

const TABS: { tab: State["tab"]; icon: string }[] = [{ tab: "steps", icon: "list-tree" }, { tab: "json", icon: "braces" }, { tab: "inputs", icon: "forms" }];

export function Header() {
  const store = useStore();
  const screen = useScreen();
  const { workflow, urls, can } = store.start;
  const canUndo = useValue((state) => state.canUndo);
  const canRedo = useValue((state) => state.canRedo);
  const tab = useValue((state) => state.tab);
  const published = useValue((state) => state.draft.newest > 0);
  return (
    <header class="editor-head">
      <div class="editor-name">
        <ol class="crumbs"><li><a href={urls["workflows"]}>{t("workflows")}</a></li>{published && <li><a href={urls["workflow"]}>{workflow.reference}</a></li>}</ol>
        <h1>{workflow.name}</h1>
        <Standing />
      </div>
      <div class="editor-tabs segments" role="tablist" aria-label={t("tabs")}>
        {TABS.map(({ tab: one, icon }) => (
          <button
            key={one} type="button" role="tab" id={`editor-tab-${one}`} aria-selected={one === tab} aria-controls={`editor-view-${one}`} tabIndex={one === tab ? 0 : -1}
            onClick={() => store.show(one)} onKeyDown={(event) => walk(event, one, (next) => store.show(next))}
          ><Icon name={icon} small />{t(`tab.${one}`)}</button>
        ))}
      </div>
      <div class="editor-acts">
        <button type="button" class="btn btn-icon" disabled={!canUndo} aria-label={t("undo")} title={t("undo.key")} onClick={() => store.undo()}><Icon name="arrow-back-up" /></button>
        <button type="button" class="btn btn-icon" disabled={!canRedo} aria-label={t("redo")} title={t("redo.key")} onClick={() => store.redo()}><Icon name="arrow-forward-up" /></button>
        <Problems />
        {can.run && <button type="button" class="btn" onClick={() => screen.open({ what: "test" })}><Icon name="player-play" />{t("test")}</button>}
        {can.save && <button type="button" class="btn btn-primary" onClick={() => screen.open({ what: "publish" })}><Icon name="cloud-upload" />{t("publish")}</button>}
        <details class="menu">
          <summary class="btn btn-icon" aria-label={t("more")} title={t("more")}><Icon name="dots-vertical" /></summary>
          <div class="menu-items">
            {published && <a href={urls["workflow"]}><Icon name="external-link" />{t("to_workflow")}</a>}
            {published && <a href={urls["versions"]}><Icon name="history" />{t("to_versions")}</a>}
            <button type="button" onClick={(event) => { close(event); screen.open({ what: "keys" }); }}><Icon name="keyboard" />{t("keys.title")}</button>
            {can.save && <><hr /><button type="button" class="danger" onClick={(event) => { close(event); screen.open({ what: "discard" }); }}><Icon name="trash" />{t("discard")}</button></>}
          </div>
        </details>
      </div>
    </header>
  );
}

function Standing() {
  const draft = useValue((state) => state.draft);
  const saving = useValue((state) => state.saving);
  const refusal = useValue((state) => state.refusal);
  const parsed = useValue((state) => state.parsed);
  return (
    <p class="editor-standing">
      <span class="tag">{draftWords(draft)}</span>
      <span class={`editor-saving is-${saving}`} role="status">{savingWords(saving, refusal)}</span>
      {!parsed && <span class="editor-saving is-refused">{t("no_json")}</span>}
    </p>
  );
}

function close(event: Event): void {
  (event.currentTarget as Element).closest("details")?.removeAttribute("open");
}

/** Arrow keys go from tab to tab. */
function walk(event: KeyboardEvent, tab: State["tab"], show: (tab: State["tab"]) => void): void {
  const names = TABS.map((one) => one.tab);
  const here = names.indexOf(tab);
  const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: names.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = names[(to + names.length) % names.length]!;
  show(next);
  document.getElementById(`editor-tab-${next}`)?.focus();
}
