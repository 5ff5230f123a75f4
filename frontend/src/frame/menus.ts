/**
 * A menu (`details.menu`) closes when something else is clicked or focused, and by Escape, which gives the focus back. One that
 * would begin left of the screen opens to the other side.
 */
export function closeMenus(): void {
  const open = () => document.querySelectorAll<HTMLDetailsElement>("details.menu[open]");
  const elsewhere = (event: Event) => {
    for (const menu of open()) if (!menu.contains(event.target as Node)) menu.open = false;
  };
  document.addEventListener("click", elsewhere);
  document.addEventListener("focusin", elsewhere);
  document.addEventListener("toggle", (event) => {
    const menu = event.target as HTMLDetailsElement;
    if (!menu.matches?.("details.menu")) return;
    menu.classList.remove("menu-flipped");
    const items = menu.querySelector<HTMLElement>(":scope > .menu-items");
    if (menu.open && items && items.getBoundingClientRect().left < 0) menu.classList.add("menu-flipped");
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}
