/** What is open over the editor, and which of its columns a narrow screen shows. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Place } from "./edits";

export type Opened = { what: "pick"; place: Place } | { what: "publish" | "discard" | "test" | "keys" };
export type View = "list" | "diagram" | "panel";

export interface Screen {
  open(what: Opened | undefined): void;
  view: View;
  show(view: View): void;
}

export const ScreenContext = createContext<Screen>({ open: () => undefined, view: "list", show: () => undefined });

export function useScreen(): Screen {
  return useContext(ScreenContext);
}

/** Bring the panel's first field under the fingers. */
export function enterPanel(): void {
  requestAnimationFrame(() => {
    const panel = document.querySelector<HTMLElement>(".editor-panel-column");
    (panel?.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select, [contenteditable=true], button") ?? panel)?.focus();
  });
}
