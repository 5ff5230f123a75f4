/** Where a row of tabs is wider than the screen, the chosen one is what is seen of it first. */
export function showChosenTabs(): void {
  for (const row of document.querySelectorAll<HTMLElement>(".tabs, .segments")) {
    const chosen = row.querySelector<HTMLElement>("[aria-current]");
    if (!chosen || row.scrollWidth <= row.clientWidth) continue;
    const { left, width } = chosen.getBoundingClientRect();
    row.scrollLeft += left - row.getBoundingClientRect().left - (row.clientWidth - width) / 2;
  }
}
