/** Links to a step (`data-drawer-link`) open it at the side; without a script, or with Ctrl, they go to a page of its own. */

import htmx from "htmx.org";

export function openDrawers(): void {
  const drawer = document.querySelector<HTMLElement>("[data-drawer]");
  if (!drawer) return;
  const content = drawer.firstElementChild as HTMLElement;
  let opener: HTMLElement | null = null;
  document.addEventListener("click", (event) => {
    // What is a place of the page beneath is looked at there.
    if ((event.target as Element).closest("[data-drawer] a[href*='#']")) drawer.hidePopover();
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-drawer-link]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    opener = link;
    void show(link.href);
  });
  drawer.addEventListener("toggle", (event) => {
    if ((event as ToggleEvent).newState === "open") return;
    content.replaceChildren();
    // The part that the link stood in may have been sent again meanwhile.
    const address = opener?.getAttribute("href");
    if (address) document.querySelector<HTMLElement>(`a[data-drawer-link][href="${CSS.escape(address)}"]`)?.focus({ preventScroll: true });
  });

  async function show(address: string): Promise<void> {
    await htmx.ajax("GET", address, { target: content, swap: "innerHTML" });
    if (!drawer!.matches(":popover-open")) drawer!.showPopover();
    drawer!.scrollTop = 0;
    drawer!.querySelector<HTMLElement>("button, a, summary")?.focus({ preventScroll: true });
  }
}
