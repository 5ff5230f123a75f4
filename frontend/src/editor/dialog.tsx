/** A dialog over the page. Escape and the cross close it; the focus goes back to where it was. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon } from "./icon";
import { t } from "./texts";

export interface DialogProps {
  title: string;
  onClose(): void;
  wide?: boolean;
  /** A question before a loss. */
  alert?: boolean;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, wide = false, alert = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current!;
    const before = document.activeElement as HTMLElement | null;
    shown.showModal();
    shown.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    return () => { shown.close(); if (before?.isConnected) before.focus({ preventScroll: true }); };
  }, []);
  return (
    <dialog
      ref={dialog} class={`dialog editor-dialog${wide ? " editor-dialog-wide" : ""}`} role={alert ? "alertdialog" : "dialog"} aria-labelledby={id}
      onCancel={(event) => { event.preventDefault(); onClose(); }}
      onPointerDown={(event) => { if (event.target === dialog.current && !alert && outside(event, dialog.current!)) onClose(); }}
    >
      <div class="editor-dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="btn btn-icon btn-sm btn-ghost-secondary" aria-label={t("close")} onClick={onClose}><Icon name="x" /></button>
      </div>
      {children}
    </dialog>
  );
}

function outside(event: PointerEvent, dialog: HTMLElement): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom;
}
