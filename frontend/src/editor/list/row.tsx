/** One row of the list. It is drawn again only when something of it changed. */

import type { Operation } from "@atlaskit/pragmatic-drag-and-drop-hitbox/list-item";
import { memo } from "preact/compat";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../icon";
import { iconOf, kindWords, titleOf } from "../kinds";
import { t } from "../texts";
import { dragRow } from "./dragging";
import type { Row } from "./rows";

export interface RowProps {
  row: Row;
  chosen: boolean;
  /** The one row that Tab reaches. */
  reached: boolean;
  own: number;
  inside: number;
  trouble: string;
  state: string;
  stateWords: string;
  movable: boolean;
  onFold(row: Row): void;
}

export const RowView = memo(function RowView(props: RowProps) {
  const element = useRef<HTMLDivElement>(null);
  const { row } = props;
  const latest = useRef(props);
  latest.current = props;
  const [hint, setHint] = useState<Operation>();
  const [dragged, setDragged] = useState(false);
  useEffect(() => (props.movable ? dragRow(element.current!, {
    row: () => latest.current.row, hint: setHint, drag: setDragged, unfold: () => latest.current.onFold(latest.current.row),
  }) : undefined), [props.movable]);
  const title = titleOf(row);
  const classes = ["editor-row", `editor-row-${row.type}`, `editor-kind-${row.kind}`, props.chosen ? "is-chosen" : "", hint ? `is-${hint}` : "", dragged ? "is-dragged" : ""];
  return (
    <div
      ref={element} class={classes.filter(Boolean).join(" ")} role="treeitem" aria-level={row.level} aria-setsize={row.size} aria-posinset={row.position}
      aria-expanded={row.open} aria-selected={props.chosen} aria-label={spoken(props, title)} tabIndex={props.reached ? 0 : -1} data-key={row.key} style={{ "--level": row.level - 1 }}
    >
      {row.open === undefined ? <span class="editor-fold" /> : <span class="editor-fold" data-fold><Icon name="chevron-right" small /></span>}
      <Icon name={iconOf(row)} />
      <span class="editor-row-title">{title}</span>
      {row.detail && <span class="editor-row-detail">{row.detail}</span>}
      {props.state && <span class={`editor-row-state state-${props.state.replaceAll("_", "-")}`} title={props.stateWords} />}
      {props.own > 0 && <span class="editor-row-trouble" title={props.trouble}><Icon name="alert-circle-filled" small /></span>}
      {props.own === 0 && props.inside > 0 && <span class="editor-row-trouble is-inside" title={t("row.inside", { count: props.inside })} />}
    </div>
  );
}, unchanged);

/** Rows are made anew with every edit; most say what they said before. */
function unchanged(before: RowProps, after: RowProps): boolean {
  return shallow({ ...before, row: undefined }, { ...after, row: undefined }) && shallow(before.row, after.row);
}

function shallow(one: object, other: object): boolean {
  return Object.entries(other).every(([key, value]) => Object.is(value, one[key as keyof typeof one]));
}

function spoken(props: RowProps, title: string): string {
  const { row } = props;
  const parts = [title];
  if (row.type === "step") parts.push(kindWords(row.kind));
  if (row.detail) parts.push(row.detail);
  if (props.stateWords) parts.push(props.stateWords);
  if (props.own > 0) parts.push(props.trouble);
  if (props.inside > 0) parts.push(t("row.inside", { count: props.inside }));
  return parts.join(", ");
}
