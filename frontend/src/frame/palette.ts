/** The search box: Ctrl+K (or ⌘K) opens it, arrows choose, Enter goes. What it finds is the server's (htmx fills the list). */
export function openPalette(): void {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const box = palette.querySelector("input") as HTMLInputElement;
  const list = palette.querySelector("ul") as HTMLElement;
  const found = () => [...list.querySelectorAll<HTMLElement>("li[role=option]")];
  const choose = (which: number) => {
    const options = found();
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === which)));
    const chosen = options[which];
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) box.setAttribute("aria-activedescendant", chosen.id);
    else box.removeAttribute("aria-activedescendant");
  };
  const chosen = () => found().findIndex((option) => option.getAttribute("aria-selected") === "true");

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette.togglePopover();
    }
  });
  palette.addEventListener("toggle", (event) => { if ((event as ToggleEvent).newState === "open") box.focus(); });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const count = found().length;
      if (count) choose((chosen() + step + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      found()[Math.max(0, chosen())]?.querySelector("a")?.click();
    }
  });
  new MutationObserver(() => choose(0)).observe(list, { childList: true });
}
