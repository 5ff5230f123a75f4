/** The editor: header, then list, diagram and panel side by side, or the JSON tab. */

import { render } from "preact";
import { Api } from "./api";
import type { Start } from "./contract";
import { parseJson } from "./json";
import { Store } from "./store";
import { StoreContext } from "./using";

function App({ store }: { store: Store }) {
  return <StoreContext.Provider value={store}><div class="editor-columns" /></StoreContext.Provider>;
}

/** Bring the editor into the page that `editor/editor.html` wrote. */
export function mountEditor(host: HTMLElement): void {
  const start = parseJson(document.getElementById("editor-start")?.textContent ?? "{}") as unknown as Start;
  const token = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  render(<App store={new Store(start, new Api(start.urls["draft"]!, token))} />, host);
}
