/** Dragging over a histogram (`data-histogram` with the address of its list) chooses the time from the first bar to the last. */

export function dragRanges(): void {
  let first: SVGAElement | null = null;
  let last: SVGAElement | null = null;
  const bar = (event: PointerEvent) => (document.elementFromPoint(event.clientX, event.clientY) as Element | null)?.closest<SVGAElement>("[data-histogram] a[data-from]") ?? null;
  const mark = () => {
    const every = first ? [...first.parentElement!.querySelectorAll<SVGAElement>("a[data-from]")] : [];
    const [from, to] = [every.indexOf(first!), every.indexOf(last!)].sort((a, b) => a - b) as [number, number];
    every.forEach((one, place) => one.classList.toggle("chosen", first !== last && place >= from && place <= to));
    return [every[from], every[to]] as const;
  };
  document.addEventListener("dragstart", (event) => { if ((event.target as Element).closest?.("[data-histogram]")) event.preventDefault(); });
  document.addEventListener("pointerdown", (event) => { if (event.button === 0 && event.pointerType !== "touch") first = last = bar(event); });
  document.addEventListener("pointermove", (event) => {
    if (!first) return;
    last = bar(event) ?? last;
    mark();
  });
  document.addEventListener("pointerup", () => {
    const moved = first && first !== last;
    const [from, to] = moved ? mark() : [];
    first = null;
    if (!from || !to) return;
    const { histogram, query: kept } = from.closest<HTMLElement>("[data-histogram]")!.dataset;
    const query = new URLSearchParams(kept);
    query.set("from", from.dataset["from"]!);
    query.set("to", to.dataset["to"]!);
    location.assign(`${histogram}?${query}`);
  });
}
