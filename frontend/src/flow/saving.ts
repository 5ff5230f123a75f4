/** The menu of a diagram that saves it: `data-flow-save="svg|png|mmd|copy"`, as parts/flow.html writes it. */

import { pictureOf, pngOf, textOf } from "./picture";
import { mermaidFile } from "./mermaid_file";
import type { FlowView } from "./view";

const offered = new WeakMap<HTMLElement, FlowView>();

/** Listen to the menu of `host`, whose diagram `view` is. */
export function offerToSave(host: HTMLElement, view: FlowView): void {
  const known = offered.has(host);
  offered.set(host, view);
  if (known) return;
  host.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-flow-save]");
    if (!button) return;
    button.closest("details")?.removeAttribute("open");
    void save(host, offered.get(host)!, button.dataset["flowSave"]!);
  });
}

async function save(host: HTMLElement, view: FlowView, kind: string): Promise<void> {
  const { seen } = view;
  if (!seen) return;
  try {
    const name = fileName(host.dataset["file"]);
    const text = mermaidFile(seen.text);
    if (kind === "copy") {
      await navigator.clipboard.writeText(text);
      say(host, host.dataset["copied"]);
    } else if (kind === "mmd") download(new Blob([text], { type: "text/plain;charset=utf-8" }), `${name}.mmd`);
    else {
      const picture = pictureOf(seen.svg, host);
      if (kind === "svg") download(new Blob([textOf(picture)], { type: "image/svg+xml;charset=utf-8" }), `${name}.svg`);
      else download(await pngOf(picture), `${name}.png`);
    }
  } catch (trouble) {
    say(host, host.dataset["unsaved"]);
    throw trouble;
  }
}

/** A name that is a name of a file everywhere, and nothing else anywhere. */
export function fileName(wanted: string | undefined): string {
  return (wanted ?? "").toLowerCase().replace(/[^a-z0-9_@-]+/gu, "-").replace(/^-+|-+$/gu, "").slice(0, 100) || "workflow";
}

function download(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 30_000);
}

function say(host: HTMLElement, words: string | undefined): void {
  const said = host.querySelector<HTMLElement>(".flow-said");
  if (!said || !words) return;
  said.textContent = words;
  said.hidden = false;
  setTimeout(() => { said.hidden = true; }, 3_000);
}
