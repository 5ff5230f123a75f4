/** Keys that hold in the whole editor. */

import { useEffect } from "preact/hooks";
import type { Opened } from "./screen";
import type { Store } from "./store";

const COLUMNS = [".editor-tree [tabindex='0']", ".flow-canvas", ".editor-panel-column"];

export function useEditorKeys(store: Store, open: (what: Opened) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || (event.target as Element).closest("dialog, [popover]")) return;
      const control = (event.ctrlKey || event.metaKey) && !event.altKey;
      const key = event.key.toLowerCase();
      if (control && key === "z") event.shiftKey ? store.redo() : store.undo();
      else if (control && key === "y") store.redo();
      else if (control && key === "s") store.hurry();
      else if (control && key === "enter" && store.start.can.save) open({ what: "publish" });
      else if (event.key === "F6") walk(event.shiftKey ? -1 : 1);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [store]);
}

/** From column to column, as F6 does in programs of several panes. */
function walk(by: number): void {
  const columns = COLUMNS.map((one) => document.querySelector<HTMLElement>(one)).filter((one) => one !== null && one.offsetParent !== null) as HTMLElement[];
  const here = columns.findIndex((one) => one.contains(document.activeElement) || one.closest("[class*=-column]")?.contains(document.activeElement));
  columns[(here + by + columns.length) % columns.length]?.focus();
}
