/** The text itself. */

import { t } from "../texts";
import { useStore, useValue } from "../using";

export function JsonTab() {
  const store = useStore();
  const text = useValue((state) => state.text);
  return <textarea class="form-control editor-text" aria-label={t("tab.json")} value={text} onInput={(event) => store.type(event.currentTarget.value)} />;
}
