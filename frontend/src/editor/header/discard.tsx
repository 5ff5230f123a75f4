/** Giving the draft up: for what the newest version says, or, of what never was published, for good. */

import { useState } from "preact/hooks";
import { Refused, Unreachable } from "../api";
import type { Draft } from "../contract";
import { Dialog } from "../dialog";
import { offer } from "../saying";
import { t } from "../texts";
import { useStore, useValue } from "../using";

export function DiscardDialog({ onClose }: { onClose(): void }) {
  const store = useStore();
  const draft = useValue((state) => state.draft);
  const [trouble, setTrouble] = useState("");
  const fresh = draft.newest === 0;
  const discard = async () => {
    try {
      await store.settled();
      const left = await store.api.discard(store.state.draft.revision);
      if ("gone" in left) {
        store.stop();
        location.assign(store.start.urls["workflows"] ?? "/");
        return;
      }
      store.renew(left);
      offer({ words: t("discard.done"), act: { words: t("undo"), does: () => store.undo() } });
      onClose();
    } catch (failed) {
      if (failed instanceof Refused && failed.body.code === "conflict") { store.clash(failed.body["draft"] as Draft); onClose(); }
      else if (failed instanceof Refused || failed instanceof Unreachable) setTrouble(failed instanceof Refused ? failed.message : t("offline"));
      else throw failed;
    }
  };
  return (
    <Dialog title={t(fresh ? "discard.title.new" : "discard.title")} onClose={onClose} alert>
      {trouble && <p class="flash flash-error" role="alert">{trouble}</p>}
      <p>{fresh ? t("discard.text.new") : t("discard.text", { version: draft.newest })}</p>
      <div class="dialog-foot">
        <button type="button" class="btn" data-autofocus onClick={onClose}>{t("leave_it")}</button>
        <button type="button" class="btn btn-danger" onClick={() => void discard()}>{t("discard.do")}</button>
      </div>
    </Dialog>
  );
}
