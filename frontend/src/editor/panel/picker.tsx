/** What a new step may be: a kind, or a service to call. */

import type { Offer } from "../contract";
import type { NewKind } from "../edits";
import { Dialog } from "../dialog";
import { NEW_KINDS } from "../edits";
import { t } from "../texts";

export interface PickerProps {
  onPick(picked: Offer | NewKind): void;
  onClose(): void;
}

export function Picker({ onPick, onClose }: PickerProps) {
  return (
    <Dialog title={t("picker.title")} onClose={onClose}>
      <div class="row-of">{NEW_KINDS.map((kind) => <button key={kind} type="button" class="btn" onClick={() => onPick(kind)}>{t(`kind.${kind}`)}</button>)}</div>
    </Dialog>
  );
}
