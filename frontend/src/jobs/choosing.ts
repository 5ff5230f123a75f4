/** Ticking jobs of a list: what is ticked stays so when its rows are sent again; how many is said. */

export function chooseJobs(): void {
  const bar = document.getElementById("bulk-bar");
  const form = document.getElementById("chosen") as HTMLFormElement | null;
  if (!bar || !form) return;
  const page = document.getElementById("choose-page") as HTMLInputElement;
  const all = document.getElementById("choose-all") as HTMLInputElement;
  const said = document.getElementById("bulk-said")!;
  const chosen = new Set<string>();
  const boxes = () => [...form.querySelectorAll<HTMLInputElement>("input[name=job]")];
  let last: HTMLInputElement | null = null;

  const show = () => {
    for (const box of boxes()) {
      box.checked = chosen.has(box.value);
      box.disabled = all.checked;
    }
    const count = chosen.size;
    page.disabled = all.checked;
    page.checked = count > 0 && boxes().every((box) => box.checked);
    page.indeterminate = count > 0 && !page.checked;
    said.textContent = count === 0 ? bar.dataset["none"]! : count === 1 ? bar.dataset["single"]! : bar.dataset["several"]!.replace("{count}", String(count));
    for (const button of bar.querySelectorAll("button")) button.disabled = count === 0 && !all.checked;
  };
  form.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    if (box === page) for (const one of boxes()) page.checked ? chosen.add(one.value) : chosen.delete(one.value);
    else if (box.name === "job") box.checked ? chosen.add(box.value) : chosen.delete(box.value);
    show();
  });
  // With Shift, everything between the last tick and this one.
  form.addEventListener("click", (event) => {
    const box = event.target as HTMLInputElement;
    if (box.name !== "job") return;
    const every = boxes();
    if (event.shiftKey && last && every.includes(last)) {
      const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b) as [number, number];
      for (const one of every.slice(from, to + 1)) box.checked ? chosen.add(one.value) : chosen.delete(one.value);
    }
    last = box;
  });
  document.addEventListener("tropeiro:replaced", show);
  for (const box of boxes()) if (box.checked) chosen.add(box.value);
  show();
}
