/** Asks what a test runs with. */

import { t } from "../texts";

export interface TestDialogProps { onClose(): void }

export function TestDialog({ onClose }: TestDialogProps) {
  return <div role="dialog" aria-label={t("test.title")}><button type="button" class="btn" onClick={onClose}>{t("close")}</button></div>;
}
