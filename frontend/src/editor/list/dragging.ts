/** Rows that are dragged, and what they are dropped on: before, after, or into. */

import { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
import { draggable, dropTargetForElements, monitorForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { type Operation, attachInstruction, extractInstruction } from "@atlaskit/pragmatic-drag-and-drop-hitbox/list-item";
import type { Place } from "../edits";
import { rowsOf } from "./rows";
import type { Row } from "./rows";

/** How long one holds a step over what is folded until that opens. */
const OPENS_AFTER = 600;

export interface Watch {
  row(): Row;
  hint(operation: Operation | undefined): void;
  drag(dragged: boolean): void;
  unfold(): void;
}

/** Let a row be dragged and dropped on. The returned function ends that. */
export function dragRow(element: HTMLElement, watch: Watch): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leave = () => { clearTimeout(timer); timer = undefined; watch.hint(undefined); };
  return combine(
    draggable({
      element,
      canDrag: () => watch.row().type === "step",
      getInitialData: () => ({ step: watch.row().key }),
      onDragStart: () => watch.drag(true),
      onDrop: () => watch.drag(false),
    }),
    dropTargetForElements({
      element,
      canDrop: ({ source }) => typeof source.data["step"] === "string" && !holds(source.data["step"], watch.row()),
      getIsSticky: () => true,
      getData: ({ input }) => attachInstruction({ row: watch.row() }, { element, input, operations: operations(watch.row()) }),
      onDrag: ({ self, location }) => {
        const mine = location.current.dropTargets[0]?.element === element;
        const operation = mine ? extractInstruction(self.data)?.operation : undefined;
        watch.hint(operation);
        if (operation === "combine" && watch.row().open === false) timer ??= setTimeout(() => watch.unfold(), OPENS_AFTER);
      },
      onDragLeave: leave,
      onDrop: leave,
    }),
  );
}

/** Tell of every drop on a row of a list that scrolls. The returned function ends that. */
export function watchDrops(scroller: HTMLElement, document: () => unknown, dropped: (step: string, place: Place) => void): () => void {
  return combine(
    autoScrollForElements({ element: scroller }),
    monitorForElements({
      canMonitor: ({ source }) => typeof source.data["step"] === "string",
      onDrop: ({ source, location }) => {
        const target = location.current.dropTargets[0];
        const instruction = target && extractInstruction(target.data);
        if (instruction) dropped(source.data["step"] as string, placeAt(target.data["row"] as Row, instruction.operation, document()));
      },
    }),
  );
}

/** A step is not dropped on itself, nor on anything inside it. */
function holds(step: string, row: Row): boolean {
  return row.key === step || row.key.startsWith(`${step}/`);
}

function operations(row: Row): Partial<Record<Operation, "available">> {
  if (row.type !== "step") return { combine: "available" };
  if (row.open === undefined) return { "reorder-before": "available", "reorder-after": "available" };
  // Under a row that is open stands what is inside: "after" would look like "into".
  return row.open ? { "reorder-before": "available", combine: "available" } : { "reorder-before": "available", combine: "available", "reorder-after": "available" };
}

function placeAt(row: Row, operation: Operation, document: unknown): Place {
  if (row.type !== "step") return { list: row.list, at: row.at };
  if (operation !== "combine") return { list: row.list, at: operation === "reorder-before" ? row.at : row.at + 1 };
  return firstInside(row, document);
}

/** The beginning of the first list inside a step. */
function firstInside(row: Row, document: unknown): Place {
  const inside = rowsOf(document, new Set()).find((one) => one.step === row.key ? one.type !== "step" : one.list.startsWith(`${row.key}/`));
  return inside ? { list: inside.list, at: 0 } : { list: row.list, at: row.at + 1 };
}
