/**
 * Two diagrams and the list of what changed between them, as workflows/differences.html writes them: a step that is chosen
 * in one is shown in all three. `showDifferences(within)` after that part came into the page.
 */

import { mountFlows, viewOf } from "./mount";

/** Draw the diagrams of every comparison in `within`, and tie them to their lists. */
export function showDifferences(within: ParentNode = document): void {
  for (const one of within.querySelectorAll<HTMLElement>("[data-differences]")) tie(one);
  mountFlows(within);
}

function tie(comparison: HTMLElement): void {
  const sides = [...comparison.querySelectorAll<HTMLElement>("[data-side]")].flatMap((figure) => {
    const host = figure.querySelector<HTMLElement>(".flow");
    return host ? [{ side: figure.dataset["side"] as "before" | "after", host }] : [];
  });
  const changes = [...comparison.querySelectorAll<HTMLElement>(".step-change[data-before]")];
  const choose = (change: HTMLElement) => {
    for (const one of changes) one.classList.toggle("step-change-chosen", one === change);
    for (const { side, host } of sides) {
      const pointer = change.dataset[side];
      if (pointer) void viewOf(host)?.uncover(pointer);
    }
  };
  for (const button of comparison.querySelectorAll<HTMLElement>("[data-show]")) {
    button.hidden = sides.length === 0;
    button.addEventListener("click", () => {
      choose(button.closest<HTMLElement>(".step-change")!);
      comparison.querySelector(".difference-diagrams")?.scrollIntoView({ block: "nearest" });
    });
  }
  for (const { side, host } of sides) {
    host.addEventListener("flow:select", (event) => {
      const change = changes.find((one) => one.dataset[side] === (event as CustomEvent<string>).detail);
      if (!change) return;
      choose(change);
      change.scrollIntoView({ block: "nearest" });
      change.focus({ preventScroll: true });
    });
  }
}
