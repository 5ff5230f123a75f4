/** List, diagram and panel side by side; how wide the outer two are is remembered. On a narrow screen one is seen at a time. */

import { useEffect, useState } from "preact/hooks";
import { Diagram } from "../diagram/diagram";
import { StepList } from "../list/list";
import { Panel } from "../panel/panel";
import { useScreen } from "../screen";
import { t } from "../texts";
import { LEAST, MOST, type Side, type Widths, keepWidths, readWidths } from "./widths";

const STEP = 16;

export function Columns({ hidden }: { hidden: boolean }) {
  const { view } = useScreen();
  const [widths, setWidths] = useState(readWidths);
  const change = (side: Side, width: number) => setWidths((before) => ({ ...before, [side]: Math.round(Math.min(MOST[side], Math.max(LEAST[side], width))) }));
  useEffect(() => keepWidths(widths), [widths]);
  return (
    <div class="editor-columns" data-view={view} hidden={hidden} style={{ "--list": `${widths.list}px`, "--panel": `${widths.panel}px` }}>
      <div class="editor-list-column"><StepList /></div>
      <Splitter side="list" widths={widths} onChange={change} />
      <div class="editor-diagram-column"><Diagram shown={!hidden} /></div>
      <Splitter side="panel" widths={widths} onChange={change} />
      <aside class="editor-panel-column" aria-label={t("panel.title")} tabIndex={-1}><Panel /></aside>
    </div>
  );
}

function Splitter({ side, widths, onChange }: { side: Side; widths: Widths; onChange(side: Side, width: number): void }) {
  const sign = side === "list" ? 1 : -1;
  const key = (event: KeyboardEvent) => {
    const by = { ArrowRight: STEP * sign, ArrowLeft: -STEP * sign, Home: LEAST[side] - widths[side], End: MOST[side] - widths[side] }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onChange(side, widths[side] + by);
  };
  // The window hears of the pointer wherever it goes; and no text is chosen on the way.
  const drag = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.preventDefault();
    (event.currentTarget as HTMLElement).focus();
    const [begun, width] = [event.clientX, widths[side]];
    const over = new AbortController();
    addEventListener("pointermove", (moved) => onChange(side, width + sign * (moved.clientX - begun)), { signal: over.signal });
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => over.abort(), { signal: over.signal });
  };
  return (
    <div
      class="editor-splitter" role="separator" aria-orientation="vertical" aria-label={t(`split.${side}`)} tabIndex={0} aria-valuenow={widths[side]} aria-valuemin={LEAST[side]} aria-valuemax={MOST[side]}
      onKeyDown={key} onDblClick={() => onChange(side, side === "list" ? 270 : 340)}
      onPointerDown={drag}
    />
  );
}
