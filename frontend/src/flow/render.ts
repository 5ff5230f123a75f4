/**
 * Mermaid's part, loaded late: text → SVG in a container of ours.
 *
 * Mermaid puts a `<style>` element into what it draws. Our pages allow none, and do not need it: the rules stand in
 * styles/flow.css. While mermaid draws, it is handed an inert element instead, so that the browser has nothing to refuse.
 */

import mermaid from "mermaid";

let ready = false;
let number = 0;
let queue: Promise<unknown> = Promise.resolve();

/** Draw into `container`, which is in the page and has its width and font. The SVG. Rejects when the text is not understood. */
export function render(container: HTMLElement, text: string): Promise<SVGSVGElement> {
  const drawn = queue.then(() => draw(container, text));
  queue = drawn.catch(() => undefined);
  return drawn;
}

async function draw(container: HTMLElement, text: string): Promise<SVGSVGElement> {
  if (!ready) initialize(container);
  const stage = document.createElement("div");
  stage.className = "flow-stage";
  container.append(stage);
  const give = withoutStyles();
  try {
    const { svg } = await mermaid.render(`flow-${++number}`, text, stage);
    // What mermaid gives was sanitized by it; it is parsed where nothing runs, and looked through once more.
    const parsed = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
    if (!parsed) throw new Error("mermaid gave no SVG");
    for (const one of parsed.querySelectorAll("style, template, script, a, image, iframe, object, embed, animate, set")) one.remove();
    for (const one of parsed.querySelectorAll("*")) {
      for (const { name } of [...one.attributes]) if (/^on|href$/iu.test(name) && !one.matches("use")) one.removeAttribute(name);
    }
    return document.importNode(parsed, true) as SVGSVGElement;
  } finally {
    give();
    stage.remove();
  }
}

function initialize(container: HTMLElement): void {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    theme: "base",
    look: "classic",
    layout: "dagre",
    fontFamily: getComputedStyle(container).fontFamily,
    suppressErrorRendering: true,
    maxTextSize: 500_000,
    maxEdges: 5_000,
    flowchart: { htmlLabels: true, curve: "basis", padding: 12, nodeSpacing: 34, rankSpacing: 42, useMaxWidth: false, wrappingWidth: 260, subGraphTitleMargin: { top: 4, bottom: 10 } },
  });
  ready = true;
}

/** Until the returned function is called, a new style element is an inert one. Our pages refuse them anyway. */
function withoutStyles(): () => void {
  const create = document.createElement;
  document.createElement = function (this: Document, name: string, options?: ElementCreationOptions) {
    return create.call(this, name.toLowerCase() === "style" ? "template" : name, options);
  } as typeof document.createElement;
  return () => { document.createElement = create; };
}
