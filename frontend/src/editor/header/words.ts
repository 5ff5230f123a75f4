/** How the draft stands, in words. */

import type { Draft } from "../contract";
import type { State } from "../store";
import { t } from "../texts";

export function draftWords(draft: Draft): string {
  if (draft.newest === 0) return t("draft.new");
  if (draft.same) return t("draft.same", { version: draft.newest });
  return draft.base > 0 && draft.base < draft.newest ? t("draft.behind", { base: draft.base, version: draft.newest }) : t("draft.of", { version: draft.newest });
}

export function savingWords(saving: State["saving"], refusal: string): string {
  return t(`saving.${saving}`, { why: refusal });
}
