/** Asks what a test runs with. */

import { Dialog } from "../dialog";
import { t } from "../texts";

export interface TestDialogProps { onClose(): void }

export function TestDialog({ onClose }: TestDialogProps) {
  return <Dialog title={t("test.title")} onClose={onClose}><div /></Dialog>;
}
