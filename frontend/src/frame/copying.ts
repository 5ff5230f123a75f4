/** `<button data-copy="text" data-copied="Copied">` copies its text and says so for two seconds. */
export function copyOnClick(): void {
  document.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    const said = button.querySelector<HTMLElement>("[data-said]") ?? button;
    const before = said.textContent;
    said.textContent = button.dataset.copied ?? "✓";
    setTimeout(() => { said.textContent = before; }, 2000);
  });
}
