/**
 * Diagrams that a page asks for: `<div class="flow" data-document="ID">`, as parts/flow.html writes it. The document stands
 * in a JSON script element; states are read from the elements with `data-pointer` and `data-state`, and again whenever the
 * page says `flow:states`.
 */

import { ENGLISH, type Mark, type Words } from "./mermaid_text";
import { offerToSave } from "./saving";
import { FlowView, type StepState } from "./view";

const views = new WeakMap<HTMLElement, FlowView>();

/** Draw every diagram that is in the page, each when it comes into view. */
export function mountFlows(within: ParentNode = document): void {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      mount(target as HTMLElement);
    }
  }, { rootMargin: "200px" });
  for (const host of within.querySelectorAll<HTMLElement>(".flow[data-document]")) if (!views.has(host)) seen.observe(host);
}

function mount(host: HTMLElement): void {
  const words: Words = { ...ENGLISH, ...JSON.parse(host.dataset["words"] ?? "{}") };
  const view = new FlowView(host, words);
  views.set(host, view);
  view.mark(new Map(Object.entries(read<Record<string, Mark>>(host.dataset["marks"], {}))));
  // Where two documents are compared, states of steps elsewhere in the page are none of these.
  const live = host.dataset["marks"] === undefined;
  if (live) view.colour(readStates());
  offerToSave(host, view);
  void view.show(read<unknown>(host.dataset["document"], []));
  if (live) document.addEventListener("flow:states", () => view.colour(readStates()));
}

/** The view of a diagram that is in the page, once it came into view. */
export function viewOf(host: HTMLElement): FlowView | undefined {
  return views.get(host);
}

function read<T>(id: string | undefined, otherwise: T): T {
  const text = id ? document.getElementById(id)?.textContent : null;
  return text ? JSON.parse(text) as T : otherwise;
}

function readStates(): Map<string, StepState> {
  const states = new Map<string, StepState>();
  for (const one of document.querySelectorAll<HTMLElement>("[data-pointer][data-state]")) {
    const { pointer, state, words } = one.dataset;
    // The call inside a foreach stands at its owner's pointer and comes after it: the owner speaks for both.
    if (pointer && state && !states.has(pointer)) states.set(pointer, { state, words: words ?? state });
  }
  return states;
}
