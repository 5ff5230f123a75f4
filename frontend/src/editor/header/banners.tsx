/** What stands between the draft and its safety: somebody else's draft, no network, a refusal. */

import { Icon } from "../icon";
import { offer } from "../saying";
import { t } from "../texts";
import { useStore, useValue } from "../using";

export function Banners() {
  const store = useStore();
  const saving = useValue((state) => state.saving);
  const theirs = useValue((state) => state.theirs);
  const refusal = useValue((state) => state.refusal);
  const draft = useValue((state) => state.draft);
  if (saving === "conflict" && theirs) {
    const take = () => {
      store.resolve("theirs");
      offer({ words: t("conflict.taken"), act: { words: t("undo"), does: () => store.undo() } });
    };
    return (
      <div class="editor-banner flash flash-warning" role="alert">
        <Icon name="users" />
        <div class="grow">
          <strong>{t("conflict.title", { who: theirs.changed_by || t("conflict.somebody") })}</strong>
          <p>{t("conflict.text")}</p>
          <details><summary>{t("conflict.show")}</summary><pre>{theirs.text}</pre></details>
        </div>
        <div class="row-of">
          <button type="button" class="btn btn-sm" onClick={take}>{t("conflict.theirs")}</button>
          <button type="button" class="btn btn-sm" onClick={() => store.resolve("mine")}>{t("conflict.mine")}</button>
        </div>
      </div>
    );
  }
  if (saving === "offline") {
    return <div class="editor-banner flash flash-warning" role="alert"><Icon name="cloud-off" /><div class="grow">{t("offline")}</div><button type="button" class="btn btn-sm" onClick={() => store.hurry()}>{t("offline.now")}</button></div>;
  }
  if (saving === "refused") return <div class="editor-banner flash flash-error" role="alert"><Icon name="alert-circle" /><div class="grow">{t("refused", { why: refusal })}</div></div>;
  if (draft.base > 0 && draft.newest > draft.base) {
    return <div class="editor-banner flash flash-info" role="note"><Icon name="info-circle" /><div class="grow">{t("behind", { base: draft.base, version: draft.newest })}</div><a class="btn btn-sm" href={store.start.urls["versions"]} target="_blank" rel="noopener">{t("behind.see")}</a></div>;
  }
  return null;
}
