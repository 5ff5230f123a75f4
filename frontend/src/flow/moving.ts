/** A drawing in a box with scroll bars: larger, smaller, moved by the mouse, and kept where it was when it is drawn anew. */

const LEAST = 0.2;
const MOST = 3;
const MARGIN = 32;

export class Moving {
  scale = 1;
  private svg: SVGSVGElement | undefined;

  constructor(private readonly canvas: HTMLElement) {
    this.canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(this.scale * (event.deltaY < 0 ? 1.12 : 1 / 1.12), event);
    }, { passive: false });
    this.drag();
  }

  /** Another drawing, shown as large as the one before. `anchor` was the place of something on the screen that is to stay. */
  take(svg: SVGSVGElement, anchor?: { before: DOMRect; now(): DOMRect | undefined }): void {
    this.svg = svg;
    this.zoom(this.scale);
    const now = anchor?.now();
    if (!anchor || !now) return;
    this.canvas.scrollLeft += now.left - anchor.before.left;
    this.canvas.scrollTop += now.top - anchor.before.top;
  }

  fit(): void {
    const box = this.svg?.viewBox.baseVal;
    if (!box || !box.width) return;
    const room = this.canvas.clientWidth - MARGIN;
    this.zoom(Math.min(1, Math.max(room / box.width, box.width > 3 * room ? 0.5 : LEAST)));
    this.canvas.scrollLeft = (this.canvas.scrollWidth - this.canvas.clientWidth) / 2;
    this.canvas.scrollTop = 0;
  }

  /** As large as `scale` says, 1 being life-size; what is under `point`, else in the middle, stays there. */
  zoom(scale: number, point?: { clientX: number; clientY: number }): void {
    const box = this.svg?.viewBox.baseVal;
    if (!box) return;
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const x = point ? point.clientX - left : width / 2;
    const y = point ? point.clientY - top : height / 2;
    const before = this.scale;
    this.scale = Math.min(MOST, Math.max(LEAST, scale));
    const by = this.scale / before;
    const to = { left: (this.canvas.scrollLeft + x) * by - x, top: (this.canvas.scrollTop + y) * by - y };
    this.svg!.style.width = `${box.width * this.scale}px`;
    this.svg!.style.height = `${box.height * this.scale}px`;
    if (by !== 1) { this.canvas.scrollLeft = to.left; this.canvas.scrollTop = to.top; }
  }

  private drag(): void {
    let from: { x: number; y: number; left: number; top: number } | undefined;
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0 || (event.target as Element).closest("g.node, [role=button]")) return;
      from = { x: event.clientX, y: event.clientY, left: this.canvas.scrollLeft, top: this.canvas.scrollTop };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      this.canvas.scrollLeft = from.left - (event.clientX - from.x);
      this.canvas.scrollTop = from.top - (event.clientY - from.y);
    });
    for (const over of ["pointerup", "pointercancel"]) this.canvas.addEventListener(over, () => { from = undefined; });
  }
}
