/** The inputs of a workflow. */

import { formatJson, isObject } from "../json";
import { useValue } from "../using";

export function InputsTab() {
  const document = useValue((state) => state.document);
  return <pre class="editor-inputs">{formatJson((isObject(document) ? document["inputs"] : undefined) ?? {})}</pre>;
}
