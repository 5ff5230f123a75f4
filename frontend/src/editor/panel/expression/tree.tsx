/** The data that can be named here, to be picked: every name with its kind and its value in the run. */

import { useState } from "preact/hooks";
import { t } from "../../texts";
import { brief } from "../values";
import { type Datum, innerOf, kindOfDatum } from "./data";

interface Props { roots: readonly Datum[]; onPick(path: string): void }

export function DataTree({ roots, onPick }: Props) {
  const [wanted, setWanted] = useState("");
  return (
    <div class="data-tree" role="group" aria-label={t("data.title")}>
      <input type="search" class="form-control" placeholder={t("data.search")} aria-label={t("data.search")} value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
      {wanted.trim() === ""
        ? <ul>{roots.map((one) => <Branch key={one.path} datum={one} onPick={onPick} open={one.name === "steps" || one.name === "inputs"} />)}</ul>
        : <Matches roots={roots} wanted={wanted.trim().toLowerCase()} onPick={onPick} />}
    </div>
  );
}

function Branch({ datum, onPick, open = false }: { datum: Datum; onPick: Props["onPick"]; open?: boolean }) {
  const [isOpen, setOpen] = useState(open);
  const inner = innerOf(datum);
  // `steps` and a step alone are no values that anybody wants.
  const pickable = datum.inner === undefined;
  return (
    <li>
      <div class="data-row">
        {inner.length > 0
          ? <button type="button" class="data-fold" aria-expanded={isOpen} aria-label={t("data.inside", { name: datum.name })} onClick={() => setOpen(!isOpen)}>{isOpen ? "▾" : "▸"}</button>
          : <span class="data-fold" />}
        {pickable ? <Pick datum={datum} onPick={onPick} /> : <button type="button" class="data-pick" onClick={() => setOpen(!isOpen)} tabIndex={-1}><Said datum={datum} /></button>}
      </div>
      {isOpen && inner.length > 0 ? <ul>{inner.map((one) => <Branch key={one.path} datum={one} onPick={onPick} open={one.name === "output" && inner.length <= 3} />)}</ul> : null}
    </li>
  );
}

function Pick({ datum, onPick }: { datum: Datum; onPick: Props["onPick"] }) {
  return <button type="button" class="data-pick" title={datum.path} onClick={() => onPick(datum.path)}><Said datum={datum} /></button>;
}

function Said({ datum }: { datum: Datum }) {
  return (
    <>
      <span class="mono">{datum.name}</span> {datum.title ? <span class="quiet">{datum.title}</span> : null}
      <span class="data-value">{datum.value !== undefined && !datum.inner ? <span class="mono">{brief(datum.value, 24)}</span> : <span class="quiet">{kindWords(datum)}</span>}</span>
    </>
  );
}

function kindWords(datum: Datum): string {
  const kind = kindOfDatum(datum);
  return kind === "" || datum.inner ? "" : t(`kind_of.${kind}`);
}

const DEEPEST = 5;
const MOST = 40;

function Matches({ roots, wanted, onPick }: { roots: readonly Datum[]; wanted: string; onPick: Props["onPick"] }) {
  const found = matching(roots, wanted, 0).slice(0, MOST);
  if (found.length === 0) return <p class="hint">{t("data.none")}</p>;
  return <ul>{found.map((one) => (
    <li key={one.path}><div class="data-row"><Pick datum={{ ...one, name: one.path }} onPick={onPick} /></div></li>
  ))}</ul>;
}

function matching(data: readonly Datum[], wanted: string, depth: number): Datum[] {
  return data.flatMap((one) => [
    ...(!one.inner && (one.path.toLowerCase().includes(wanted) || one.title.toLowerCase().includes(wanted)) ? [one] : []),
    ...(depth < DEEPEST ? matching(innerOf(one), wanted, depth + 1) : []),
  ]);
}
