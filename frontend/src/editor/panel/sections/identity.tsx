/** What the step is called, and its id. */

import { ID, renameId, takenIds } from "../../edits";
import type { JsonObject } from "../../json";
import { t } from "../../texts";
import { useStore, useValue } from "../../using";
import { usePut } from "../editing";
import { SettledField, TextField, shown } from "../fields/inputs";

export function Identity({ step, pointer }: { step: JsonObject; pointer: string }) {
  const store = useStore();
  const put = usePut();
  const document = useValue((state) => state.document);
  const id = shown(step["id"]);
  const rename = (to: string) => store.change((now) => renameId(now, pointer, to));
  return (
    <section class="panel-section panel-identity">
      <TextField pointer={`${pointer}/name`} label={t("step.name")} value={step["name"]} placeholder={id} onChange={(value) => put(`${pointer}/name`, value)} />
      <SettledField pointer={`${pointer}/id`} label={t("step.id")} hint={t("step.id_help", { id })} needed value={id} onSettle={rename}
        refuse={(to) => (!ID.test(to) ? t("step.id_wrong") : takenIds(document).has(to) ? t("step.id_taken", { id: to }) : "")} />
    </section>
  );
}
