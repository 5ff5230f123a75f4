/** What is said aloud after an act that one cannot see, and what is offered for a moment in the corner. */

import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon";
import { t } from "./texts";

export interface Toast {
  words: string;
  kind?: "done" | "error";
  act?: { words: string; does(): void };
  link?: { words: string; href: string };
}

const STAYS = 10_000;
let said: { words: string; toast: Toast | undefined; number: number } = { words: "", toast: undefined, number: 0 };
const listeners = new Set<() => void>();

/** Read out by screen readers; nothing is seen. */
export function announce(words: string): void {
  tell({ words });
}

/** Shown in the corner for ten seconds, and read out. */
export function offer(toast: Toast): void {
  tell({ words: toast.words, toast });
}

function tell(part: Partial<typeof said>): void {
  said = { ...said, ...part, number: said.number + 1 };
  for (const listener of listeners) listener();
}

export function Sayings() {
  const [{ words, toast, number }, set] = useState(said);
  useEffect(() => {
    const listener = () => set(said);
    listeners.add(listener);
    return () => { listeners.delete(listener); };
  }, []);
  useEffect(() => {
    if (!toast) return undefined;
    const timer = setTimeout(() => tell({ toast: undefined }), STAYS);
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <>
      {/* The same words twice are said twice only when the text changes. */}
      <p class="visually-hidden" role="status">{words}{number % 2 ? "\u00a0" : ""}</p>
      {toast && (
        <div class={`editor-toast${toast.kind === "error" ? " editor-toast-error" : ""}`}>
          <span>{toast.words}</span>
          {toast.act && <button type="button" class="btn btn-sm" onClick={() => { toast.act!.does(); tell({ toast: undefined }); }}>{toast.act.words}</button>}
          {toast.link && <a class="btn btn-sm" href={toast.link.href}>{toast.link.words}</a>}
          <button type="button" class="btn btn-icon btn-sm btn-ghost-secondary" aria-label={t("close")} onClick={() => tell({ toast: undefined })}><Icon name="x" small /></button>
        </div>
      )}
    </>
  );
}
