/** The diagram beside the list: drawn after a pause in the edits, with a "+" on every edge. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { ENGLISH, type Edge, type Words } from "../../flow/mermaid_text";
import { offerToSave } from "../../flow/saving";
import { FlowView } from "../../flow/view";
import { Icon } from "../icon";
import { statesOf } from "../running";
import { useScreen } from "../screen";
import { t } from "../texts";
import { useStore, useValue } from "../using";

const DRAWN_AFTER = 250;
const TOOLS: { act: string; icon: string }[] = [
  { act: "turn", icon: "rotate-rectangle" }, { act: "out", icon: "minus" }, { act: "in", icon: "plus" }, { act: "fit", icon: "arrows-maximize" },
];

export function Diagram({ shown }: { shown: boolean }) {
  const store = useStore();
  const screen = useScreen();
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<FlowView | undefined>(undefined);
  const drawn = useRef<unknown>(undefined);
  const document_ = useValue((state) => state.document);
  const selected = useValue((state) => state.selected);
  const parsed = useValue((state) => state.parsed);
  const run = useValue((state) => state.run);
  const states = useMemo(() => statesOf(document_, run), [document_, run]);

  useEffect(() => {
    const element = host.current!;
    const insertWords = {
      between: (from: string, to: string) => t("diagram.insert", { from, to }), way: (from: string, way: string) => t("diagram.insert_way", { from, way }),
      inside: (name: string) => t("diagram.insert_inside", { name }), start: t("diagram.start"), end: t("diagram.end"),
    };
    view.current = new FlowView(element, words(), store.start.can.save ? { insert: insertWords } : {});
    offerToSave(element, view.current);
    const select = (event: Event) => { store.select((event as CustomEvent<string>).detail); };
    const insert = (event: Event) => { const { list, at } = (event as CustomEvent<Edge>).detail; screen.open({ what: "pick", place: { list, at } }); };
    element.addEventListener("flow:select", select);
    element.addEventListener("flow:insert", insert);
    return () => { element.removeEventListener("flow:select", select); element.removeEventListener("flow:insert", insert); };
  }, [store, screen.open]);

  useEffect(() => {
    // What cannot be seen is not drawn: it could not be measured either.
    if (!shown || !host.current?.offsetParent) return undefined;
    const draw = () => {
      const { document: now, selected: chosen } = store.state;
      drawn.current = now;
      void view.current!.show(now, chosen);
    };
    if (drawn.current === document_) return undefined;
    if (drawn.current === undefined) { draw(); return undefined; }
    host.current.dataset["drawn"] = "no";
    const timer = setTimeout(draw, DRAWN_AFTER);
    return () => clearTimeout(timer);
  }, [document_, shown, screen.view]);
  useEffect(() => {
    if (drawn.current !== document_) return;
    view.current!.select(selected);
    view.current!.reveal(selected);
  }, [selected]);
  useEffect(() => { if (drawn.current === document_) view.current!.colour(states); else view.current!.keep(states); }, [states]);
  useEffect(() => { view.current!.note(parsed ? "" : t("diagram.old")); }, [parsed]);

  return (
    <div ref={host} class="flow editor-flow" data-own={store.start.organization} data-drawing={t("diagram.drawing")} data-failed={t("diagram.failed")}
      data-file={store.start.workflow.reference} data-copied={t("diagram.copied")} data-unsaved={t("diagram.unsaved")}>
      <div class="flow-tools" role="group" aria-label={t("diagram.title")}>
        <button type="button" class="btn btn-sm btn-icon flow-of-groups" data-flow-act="close" aria-label={t("diagram.close")} title={t("diagram.close")}><Icon name="fold" /></button>
        <button type="button" class="btn btn-sm btn-icon flow-of-groups" data-flow-act="open" aria-label={t("diagram.open")} title={t("diagram.open")}><Icon name="fold-down" /></button>
        {TOOLS.map(({ act, icon }) => <button key={act} type="button" class="btn btn-sm btn-icon" data-flow-act={act} aria-label={t(`diagram.${act}`)} title={t(`diagram.${act}`)}><Icon name={icon} /></button>)}
        <details class="menu flow-exports">
          <summary class="btn btn-sm btn-icon" aria-label={t("diagram.save")} title={t("diagram.save")}><Icon name="download" /></summary>
          <div class="menu-items">
            <button type="button" data-flow-save="svg"><Icon name="file-type-svg" />{t("diagram.svg")}</button>
            <button type="button" data-flow-save="png"><Icon name="photo-down" />{t("diagram.png")}</button>
            <hr />
            <button type="button" data-flow-save="mmd"><Icon name="file-text" />{t("diagram.mmd")}</button>
            <button type="button" data-flow-save="copy"><Icon name="copy" />{t("diagram.copy")}</button>
          </div>
        </details>
      </div>
      <div class="flow-canvas" tabIndex={0} role="region" aria-label={t("diagram.title")} />
      <p class="flow-said" role="status" hidden />
    </div>
  );
}

function words(): Words {
  const names = Object.keys(ENGLISH) as (keyof Words)[];
  return Object.fromEntries(names.map((name) => [name, t(`flow.${name}`, { count: "{count}" })])) as unknown as Words;
}
