/** What a new step may be: a kind, or a service to call. */

import type { Offer } from "../contract";
import type { NewKind } from "../edits";
import { NEW_KINDS } from "../edits";
import { t } from "../texts";

export interface PickerProps {
  onPick(picked: Offer | NewKind): void;
  onClose(): void;
}

export function Picker({ onPick, onClose }: PickerProps) {
  return (
    <div class="editor-picker" role="menu" aria-label={t("picker.title")} onKeyDown={(event) => { if (event.key === "Escape") onClose(); }}>
      {NEW_KINDS.map((kind) => <button key={kind} type="button" role="menuitem" class="btn" onClick={() => onPick(kind)}>{t(`kind.${kind}`)}</button>)}
    </div>
  );
}
