/** What the chosen step says, to be read and changed. */

import { at } from "../pointer";
import { formatJson } from "../json";
import { useValue } from "../using";

export function Panel() {
  const selected = useValue((state) => state.selected);
  const document = useValue((state) => state.document);
  const step = selected === "" ? undefined : at(document, selected);
  return <div class="editor-panel">{step === undefined ? null : <pre>{formatJson(step)}</pre>}</div>;
}
