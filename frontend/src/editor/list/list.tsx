/** The steps as a tree: the accessible view of the workflow. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import * as edits from "../edits";
import { Icon } from "../icon";
import { titleOf } from "../kinds";
import { troubles } from "../problems";
import { statesOf } from "../running";
import { enterPanel, useScreen } from "../screen";
import { t } from "../texts";
import { useStore, useValue } from "../using";
import { type Act, doTo, drop, pasteAt } from "./acts";
import { watchDrops } from "./dragging";
import { pressed, sought } from "./keys";
import { RowView } from "./row";
import { type Row, foldOf, rowsOf } from "./rows";
import { ListTools } from "./tools";

const TYPED_TOGETHER = 700;

export function StepList() {
  const store = useStore();
  const screen = useScreen();
  const document_ = useValue((state) => state.document);
  const selected = useValue((state) => state.selected);
  const parsed = useValue((state) => state.parsed);
  const problems = useValue((state) => state.problems);
  const run = useValue((state) => state.run);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [reached, reach] = useState("");
  const tree = useRef<HTMLDivElement>(null);
  /** Whether the row that is reached takes the focus after drawing. */
  const wanted = useRef(false);
  const typed = useRef({ text: "", at: 0 });

  const rows = useMemo(() => rowsOf(document_, closed), [document_, closed]);
  const found = useMemo(() => troubles(document_, problems), [document_, problems]);
  const states = useMemo(() => statesOf(document_, run), [document_, run]);
  const here = Math.max(0, rows.findIndex((row) => row.key === reached));
  const movable = parsed && store.start.can.save;

  // What is chosen elsewhere is shown here, whatever is folded around it. At once: the next key may be on its way.
  useLayoutEffect(() => {
    if (selected === "") return;
    reach(selected);
    const around = new Set(rowsOf(store.state.document, new Set()).filter((row) => selected.startsWith(`${row.key}/`)).map(foldOf));
    setClosed((before) => ([...before].some((one) => around.has(one)) ? new Set([...before].filter((one) => !around.has(one))) : before));
  }, [selected, document_]);
  useLayoutEffect(() => {
    // Where nothing is chosen any more, the first row; else what is chosen is reached in a moment.
    const key = rows.some((one) => one.key === reached) ? reached : selected === "" ? rows[0]?.key : undefined;
    const row = key === undefined ? undefined : tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    if (!row) return;
    if (wanted.current) row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    wanted.current = false;
  }, [reached, rows]);
  useEffect(() => watchDrops(tree.current!, () => store.state.document, (step, place) => { wanted.current = true; drop(store, step, place); }), [store]);

  const go = (place: number) => {
    const row = rows[place];
    if (!row) return;
    if (row.key === reached) tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(row.key)}"]`)?.focus({ preventScroll: true });
    else wanted.current = true;
    reach(row.key);
    if (row.type === "step") store.select(row.key);
  };
  const fold = useCallback((row: Row, shut?: boolean) => setClosed((before) => {
    const made = new Set(before);
    if (shut ?? row.open) made.add(foldOf(row)); else made.delete(foldOf(row));
    return made;
  }), []);
  const act = (what: Act) => {
    const row = rows[here];
    wanted.current = true;
    if (row?.type === "step") doTo(store, what, row.key);
    else if (row?.type === "arm" && what === "remove") removeArm(row);
    reach(store.state.selected || "");
  };
  const removeArm = (row: Row) => store.change((document) => edits.removeArm(document, row.list));
  const open = (row: Row) => {
    if (row.type === "empty") return screen.open({ what: "pick", place: { list: row.list, at: row.at } });
    store.lead(row.type === "arm" ? row.list : row.step, row.step);
    screen.show("panel");
    return enterPanel();
  };

  const press = (event: KeyboardEvent) => {
    const meant = pressed(event, rows, here);
    const row = rows[here];
    if (!meant || !row) return;
    if ("say" in meant && meant.say === "seek") {
      const now = event.timeStamp;
      typed.current = { text: now - typed.current.at < TYPED_TOGETHER ? typed.current.text + event.key : event.key, at: now };
      go(sought(rows.map(titleOf), here, typed.current.text));
    } else if ("go" in meant) go(meant.go);
    else if ("fold" in meant) fold(row, meant.fold);
    else if ("act" in meant) { if (movable) act(meant.act); }
    else if (meant.say === "open") open(row);
    else if (movable) screen.open({ what: "pick", place: after(row) });
    event.preventDefault();
    event.stopPropagation();
  };
  const click = (event: MouseEvent) => {
    const target = event.target as Element;
    const place = rows.findIndex((one) => one.key === target.closest<HTMLElement>("[data-key]")?.dataset["key"]);
    const row = rows[place];
    if (!row) return;
    if (target.closest("[data-fold]")) { go(place); fold(row); } else if (row.type === "step") { go(place); screen.show("panel"); } else if (row.type === "arm") { go(place); store.lead(row.list, row.step); } else open(row);
  };
  const copy = (event: ClipboardEvent, cut: boolean) => {
    const row = rows[here];
    if (row?.type !== "step") return;
    event.clipboardData?.setData("text/plain", edits.copied(document_, row.key));
    event.preventDefault();
    if (cut && movable) act("remove");
  };
  const paste = (event: ClipboardEvent) => {
    const row = rows[here];
    if (!row || !movable) return;
    event.preventDefault();
    wanted.current = true;
    pasteAt(store, after(row), event.clipboardData?.getData("text/plain") ?? "");
  };

  const keys = new Map<string, number>();
  return (
    <section class="editor-list" aria-label={t("list.title")}>
      <ListTools row={rows[here]} movable={movable} onAct={act} onAdd={() => screen.open({ what: "pick", place: after(rows[here]) })} />
      <button type="button" class={`editor-root${selected === "" ? " is-chosen" : ""}`} aria-pressed={selected === ""} onClick={() => { store.select(""); screen.show("panel"); }}><Icon name="file-settings" /><span>{t("list.workflow")}</span></button>
      <div
        ref={tree} class="editor-tree" role="tree" aria-label={t("list.title")} onKeyDown={press} onClick={click} onCopy={(event) => copy(event, false)} onCut={(event) => copy(event, true)} onPaste={paste}
        onFocusIn={(event) => { const { key } = (event.target as HTMLElement).dataset; if (key !== undefined) reach(key); }}
      >
        {rows.map((row, place) => {
          const trouble = row.type === "step" ? found.get(row.key) : undefined;
          const state = row.type === "step" ? states.get(row.key) : undefined;
          return (
            <RowView
              key={keyOnce(keys, row)} row={row} chosen={row.type === "step" && row.key === selected} reached={place === here} own={trouble?.own ?? 0}
              inside={row.open ? 0 : trouble?.inside ?? 0} trouble={trouble?.first ?? ""} state={state?.state ?? ""} stateWords={state?.words ?? ""} movable={movable} onFold={fold}
            />
          );
        })}
      </div>
      {movable && <button type="button" class="btn editor-add" onClick={() => screen.open({ what: "pick", place: { list: edits.rootList(document_), at: edits.listAt(document_, edits.rootList(document_)).length } })}>{t("list.add_last")}</button>}
    </section>
  );

  function after(row: Row | undefined): edits.Place {
    if (!row) return { list: edits.rootList(document_), at: 0 };
    return { list: row.list, at: row.type === "step" ? row.at + 1 : row.at };
  }
}

/** What a row is kept by while places change: its step's id, as long as nobody has it twice. */
function keyOnce(keys: Map<string, number>, row: Row): string {
  const stem = `${row.type}:${row.type === "empty" ? row.key : foldOf(row)}`;
  const number = keys.get(stem) ?? 0;
  keys.set(stem, number + 1);
  return number === 0 ? stem : `${stem}#${number}`;
}
