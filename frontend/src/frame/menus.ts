/** A menu (`details.menu`) closes when something else is clicked or focused, and by Escape, which gives the focus back. */
export function closeMenus(): void {
  const open = () => document.querySelectorAll<HTMLDetailsElement>("details.menu[open]");
  const elsewhere = (event: Event) => {
    for (const menu of open()) if (!menu.contains(event.target as Node)) menu.open = false;
  };
  document.addEventListener("click", elsewhere);
  document.addEventListener("focusin", elsewhere);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}
