/** Every key of the editor, in words. */

import { Dialog } from "../dialog";
import { t } from "../texts";

const KEYS: [keys: string, words: string][] = [
  ["Ctrl+Z", "undo"], ["Ctrl+Shift+Z", "redo"], ["Ctrl+S", "keys.save"], ["Ctrl+Enter", "publish"], ["↑ ↓", "keys.walk"], ["→ ←", "keys.fold"], ["Home End", "keys.ends"], ["A … Z", "keys.letters"], ["Enter", "keys.open"], ["A / Insert", "keys.add"],
  ["Delete", "act.remove"], ["Ctrl+D", "act.duplicate"], ["Ctrl+C / X / V", "keys.clipboard"], ["Alt+↑ ↓", "keys.move"], ["Alt+Shift+→ ←", "keys.levels"], ["+ − 0", "keys.zoom"], ["F6", "keys.columns"],
];

export function KeysDialog({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={t("keys.title")} onClose={onClose} wide>
      <table class="rows rows-keep"><tbody>{KEYS.map(([keys, words]) => <tr key={keys}><th scope="row"><kbd>{keys}</kbd></th><td>{t(words)}</td></tr>)}</tbody></table>
    </Dialog>
  );
}
