/**
 * A diagram as a picture that looks the same outside of our pages: every colour worked out and written into the element
 * that has it, every label as SVG's own text where the page shows it, because HTML inside an SVG is shown by browsers alone
 * and may not be painted on a canvas. Nothing is laid out again: it is a copy of what is seen.
 */

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = "rect, polygon, circle, ellipse, path, line, polyline";
/** What a picture keeps of an element besides its paint: where it is, how large, and its arrows. */
const KEPT = new Set(["x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "y1", "x2", "y2", "d", "points", "transform", "marker-end", "marker-start", "viewBox", "refX", "refY", "markerWidth", "markerHeight", "markerUnits", "orient"]);
const ROOM = 16;
/** Canvases are not larger anywhere: pixels of a side, and of all. */
const MOST_SIDE = 16_000;
const MOST_PIXELS = 120_000_000;

/** A copy of the diagram `svg` that stands alone, on the colour of `host`. */
export function pictureOf(svg: SVGSVGElement, host: Element): SVGSVGElement {
  const box = svg.viewBox.baseVal;
  const picture = document.createElementNS(SVG, "svg");
  const [x, y, width, height] = [box.x - ROOM, box.y - ROOM, box.width + 2 * ROOM, box.height + 2 * ROOM].map(round) as [number, number, number, number];
  set(picture, { viewBox: `${x} ${y} ${width} ${height}`, width, height });
  const title = document.createElementNS(SVG, "title");
  title.textContent = svg.querySelector("title")?.textContent ?? "";
  const ground = document.createElementNS(SVG, "rect");
  set(ground, { x, y, width, height, fill: colour(getComputedStyle(host).backgroundColor).value });
  picture.append(title, ground);
  // Which step is looked at is nobody else's matter.
  const chosen = [...svg.querySelectorAll(".flow-chosen")];
  for (const one of chosen) one.classList.remove("flow-chosen");
  for (const child of svg.children) copy(child, picture);
  for (const one of chosen) one.classList.add("flow-chosen");
  return picture;
}

/** The text of a picture. */
export function textOf(picture: SVGSVGElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(picture)}\n`;
}

/** The picture in pixels, twice as many to a side as it is wide, as far as a canvas can be so large. */
export async function pngOf(picture: SVGSVGElement, scale = 2): Promise<Blob> {
  const [width, height] = [Number(picture.getAttribute("width")), Number(picture.getAttribute("height"))];
  const factor = Math.min(scale, MOST_SIDE / width, MOST_SIDE / height, Math.sqrt(MOST_PIXELS / (width * height)));
  const image = new Image(width, height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(picture))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * factor);
  canvas.height = Math.round(height * factor);
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the canvas gave no picture"))), "image/png");
  });
}

function copy(from: Element, into: SVGElement): void {
  // What is there for reading out or for the mouse is no part of the picture.
  if (from.matches("title, desc, .flow-inserts") || getComputedStyle(from).display === "none") return;
  if (from.localName === "foreignObject") return label(from as SVGForeignObjectElement, into);
  if (!from.matches(`g, defs, marker, ${SHAPES}`)) return;
  const to = document.createElementNS(SVG, from.localName);
  for (const { name, value } of from.attributes) if (KEPT.has(name)) to.setAttribute(name, value);
  // The arrows are found by their ids, which mermaid gives and no text of anybody.
  if (from.localName === "marker") to.setAttribute("id", from.id);
  if (from.matches(SHAPES)) paint(from, to);
  const { opacity } = getComputedStyle(from);
  if (opacity !== "1") to.setAttribute("opacity", opacity);
  for (const child of from.children) copy(child, to);
  // What is empty or has no size paints nothing.
  if (to.children.length || from.matches(SHAPES)) into.append(to);
}

function paint(from: Element, to: SVGElement): void {
  const style = getComputedStyle(from);
  for (const which of ["fill", "stroke"] as const) {
    const { value, opacity } = colour(style[which]);
    to.setAttribute(which, value);
    if (opacity !== 1) to.setAttribute(`${which}-opacity`, String(opacity));
  }
  if (style.stroke !== "none") {
    to.setAttribute("stroke-width", style.strokeWidth.replace("px", ""));
    if (style.strokeDasharray !== "none") to.setAttribute("stroke-dasharray", style.strokeDasharray.replaceAll("px", ""));
  }
  if (from.localName === "rect" && style.rx !== "auto") to.setAttribute("rx", style.rx.replace("px", ""));
}

/** The lines of a label, each where the page shows it, in the coordinates of what the label stands in. */
function label(from: SVGForeignObjectElement, into: SVGElement): void {
  const matrix = from.getScreenCTM()?.inverse();
  if (!matrix) return;
  const place = (rect: DOMRect) => new DOMPoint(rect.x, rect.y).matrixTransform(matrix);
  const scale = matrix.a;
  for (const part of from.querySelectorAll<HTMLElement>("p, span, div")) {
    const { value, opacity } = colour(getComputedStyle(part).backgroundColor);
    const rect = part.getBoundingClientRect();
    if (value === "none" || !rect.width || !part.textContent?.trim()) continue;
    const at = place(rect);
    const ground = document.createElementNS(SVG, "rect");
    set(ground, { x: round(at.x), y: round(at.y), width: round(rect.width * scale), height: round(rect.height * scale), rx: 4, fill: value });
    if (opacity !== 1) ground.setAttribute("fill-opacity", String(opacity));
    into.append(ground);
  }
  const walker = document.createTreeWalker(from, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode as Text;
    const style = getComputedStyle(node.parentElement!);
    for (const { text, rect } of linesOf(node)) {
      const at = place(rect);
      const line = document.createElementNS(SVG, "text");
      const [above, below] = heights(style);
      const middle = at.y + (rect.height * scale) / 2;
      set(line, {
        x: round(at.x + (rect.width * scale) / 2), y: round(middle + (above - below) / 2), "text-anchor": "middle",
        // Whatever font the other program has: the words stay within their box.
        textLength: round(rect.width * scale), lengthAdjust: "spacingAndGlyphs",
        fill: colour(style.color).value, "font-family": style.fontFamily, "font-size": style.fontSize.replace("px", ""),
      });
      if (style.fontWeight !== "400") line.setAttribute("font-weight", style.fontWeight);
      line.textContent = text;
      into.append(line);
    }
  }
}

/** The lines into which the page broke a text, with their places on the screen. */
function linesOf(node: Text): { text: string; rect: DOMRect }[] {
  const lines: { text: string; from: number; to: number; top: number; rect: DOMRect }[] = [];
  const range = document.createRange();
  for (const { segment, index } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(node.data)) {
    range.setStart(node, index);
    range.setEnd(node, index + segment.length);
    const rect = range.getBoundingClientRect();
    const last = lines.at(-1);
    if (last && (!rect.width || Math.abs(rect.top - last.top) < rect.height / 2)) { last.text += segment; last.to = index + segment.length; }
    else if (rect.width) lines.push({ text: segment, from: index, to: index + segment.length, top: rect.top, rect });
  }
  return lines.filter((line) => line.text.trim()).map((line) => {
    range.setStart(node, line.from);
    range.setEnd(node, line.to - (line.text.length - line.text.trimEnd().length));
    return { text: line.text.trim(), rect: range.getBoundingClientRect() };
  });
}

const measured = new Map<string, [number, number]>();
let pen: CanvasRenderingContext2D | null = null;

function context(): CanvasRenderingContext2D {
  pen ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true })!;
  return pen;
}

/** How far the letters of a font reach above and below the line that they stand on. */
function heights(style: CSSStyleDeclaration): [number, number] {
  const font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  let found = measured.get(font);
  if (!found) {
    const canvas = context();
    canvas.font = font;
    const metrics = canvas.measureText("x");
    found = [metrics.fontBoundingBoxAscent, metrics.fontBoundingBoxDescent];
    measured.set(font, found);
  }
  return found;
}

const colours = new Map<string, { value: string; opacity: number }>();

/** A colour that a style was worked out to, as every program understands it. */
function colour(computed: string): { value: string; opacity: number } {
  if (computed === "none") return { value: "none", opacity: 1 };
  let found = colours.get(computed);
  if (!found) {
    const canvas = context();
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = computed;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data as unknown as [number, number, number, number];
    const value = `#${[red, green, blue].map((one) => one.toString(16).padStart(2, "0")).join("")}`;
    found = alpha === 0 ? { value: "none", opacity: 1 } : { value, opacity: round(alpha / 255) };
    colours.set(computed, found);
  }
  return found;
}

function set(element: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
