// The text of a workflow: numbers beside its lines, problems that lead to their place, files, and nothing lost by leaving.

const area = document.querySelector<HTMLTextAreaElement>("[data-document] textarea");
const form = area?.closest("form");
if (area && form) {
  const numbers = document.querySelector<HTMLElement>("[data-numbers]");
  const saved = area.defaultValue;
  const sent = document.querySelector("[role=alert], .problems") !== null;
  let leaving = false;

  const count = () => {
    if (!numbers) return;
    const lines = area.value.split("\n").length;
    numbers.textContent = Array.from({ length: lines }, (_, n) => n + 1).join("\n");
    numbers.scrollTop = area.scrollTop;
  };
  area.addEventListener("input", count);
  area.addEventListener("scroll", () => { if (numbers) numbers.scrollTop = area.scrollTop; });
  count();

  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement>("[data-line]");
    if (!link) return;
    event.preventDefault();
    goTo(Number(link.dataset.line), Number(link.dataset.column));
  });

  /** Put the cursor at a line and column, and scroll it into the middle. */
  function goTo(line: number, column: number): void {
    if (!area) return;
    area.closest("details")?.setAttribute("open", "");
    const lines = area.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const at = start + Math.max(0, Math.min(column - 1, (lines[line - 1] ?? "").length));
    area.focus();
    area.setSelectionRange(at, start + (lines[line - 1] ?? "").length);
    const height = parseFloat(getComputedStyle(area).lineHeight);
    area.scrollTop = Math.max(0, (line - 1) * height - area.clientHeight / 2);
    area.scrollIntoView({ block: "nearest" });
  }

  form.addEventListener("change", async (event) => {
    const input = event.target as HTMLInputElement;
    const file = input.matches("[data-file]") ? input.files?.[0] : undefined;
    if (!file) return;
    area.value = await file.text();
    area.dispatchEvent(new Event("input"));
    input.value = "";
    area.focus();
  });
  form.addEventListener("submit", () => { leaving = true; });
  form.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && (sent || area.value !== saved)) event.preventDefault();
  });
}
