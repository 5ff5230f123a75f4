/** How wide the list and the panel are, in pixels, as this browser remembers. */

export type Side = "list" | "panel";
export type Widths = Record<Side, number>;

export const LEAST: Widths = { list: 200, panel: 280 };
export const MOST: Widths = { list: 520, panel: 720 };
const USUAL: Widths = { list: 270, panel: 340 };
const KEPT = "tropeiro.editor.widths";

export function readWidths(): Widths {
  const kept = asObject(localStorage.getItem(KEPT));
  const one = (side: Side) => { const width = Number(kept[side]); return width >= LEAST[side] && width <= MOST[side] ? width : USUAL[side]; };
  return { list: one("list"), panel: one("panel") };
}

export function keepWidths(widths: Widths): void {
  localStorage.setItem(KEPT, JSON.stringify(widths));
}

function asObject(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}
