// Charts: <metric-chart> draws the numbers that stand in it as JSON; see screens/templates/analytics/chart.html.

import uPlot from "uplot";
import { COLOURS_CHANGED, colour } from "../frame/colours";

interface Data {
  unit: "minute" | "hour" | "day";
  zone: string;
  format: "count" | "percent" | "seconds";
  at: number[];
  values: (number | null)[];
  before: (number | null)[] | null;
  failures: (number | null)[] | null;
  links: string[];
  titles: { value: string; before: string; failures: string };
}

const TIP_GAP = 14;

class MetricChart extends HTMLElement {
  #plot: uPlot | undefined;
  #tip = document.createElement("div");
  #live = document.createElement("p");
  #resized = new ResizeObserver(() => { this.#fit(); });
  #recolour = () => { this.#draw(); };
  #data: Data | undefined;
  #place = -1;

  connectedCallback(): void {
    const source = this.querySelector("script[type='application/json']");
    if (!source?.textContent) return;
    this.#data = JSON.parse(source.textContent) as Data;
    this.tabIndex = 0;
    this.setAttribute("role", "application");
    this.#tip.className = "chart-tip";
    this.#tip.hidden = true;
    this.#tip.setAttribute("aria-hidden", "true");
    this.#live.className = "visually-hidden";
    this.#live.setAttribute("aria-live", "polite");
    this.#live.textContent = this.dataset.said ?? "";
    this.append(this.#tip, this.#live);
    this.#draw();
    this.#resized.observe(this);
    document.addEventListener(COLOURS_CHANGED, this.#recolour);
    this.addEventListener("keydown", (event) => { this.#key(event); });
    this.addEventListener("blur", () => { this.#show(-1); });
  }

  disconnectedCallback(): void {
    this.#resized.disconnect();
    document.removeEventListener(COLOURS_CHANGED, this.#recolour);
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #draw(): void {
    const data = this.#data;
    if (!data) return;
    this.#plot?.destroy();
    const columns: uPlot.AlignedData = [data.at, data.values, ...(data.before ? [data.before] : []), ...(data.failures ? [data.failures] : [])];
    const line = colour("--tblr-primary");
    const series: uPlot.Series[] = [
      {},
      { stroke: line, width: 2, fill: faint(line), points: { show: few(data), size: 6, fill: line, stroke: line }, spanGaps: true },
    ];
    if (data.before) series.push({ stroke: colour("--line-previous"), width: 1.5, dash: [5, 4], points: { show: false }, spanGaps: true });
    if (data.failures) series.push({ stroke: colour("--area-failed"), width: 1.75, points: { show: false } });
    const text = colour("--tblr-secondary-color");
    const grid = { stroke: colour("--tblr-border-color"), width: 1 };
    const font = `12px ${getComputedStyle(this).fontFamily}`;
    this.#plot = new uPlot({
      width: Math.max(this.clientWidth, 200),
      height: Math.max(this.clientHeight, 140),
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), data.zone),
      scales: { x: { time: true }, y: { range: (_plot, _low, high) => range(data, high) } },
      axes: [
        { stroke: text, font, grid: { show: false }, ticks: { show: false }, space: 70, values: (_plot, splits) => ticks(data, splits) },
        { stroke: text, font, grid, ticks: { show: false }, size: 58, space: 42, values: (_plot, splits) => splits.map((value) => short(data, value)) },
      ],
      series,
      hooks: {
        setCursor: [(plot) => { this.#hover(plot); }],
        ready: [(plot) => {
          plot.over.addEventListener("click", () => { this.#open(plot.cursor.idx ?? -1); });
          plot.over.addEventListener("mouseleave", () => { this.#tip.hidden = true; });
        }],
      },
    }, columns, this);
    this.append(this.#tip, this.#live);
  }

  #fit(): void {
    if (this.clientWidth > 0) this.#plot?.setSize({ width: this.clientWidth, height: Math.max(this.clientHeight, 140) });
  }

  #hover(plot: uPlot): void {
    const place = plot.cursor.idx;
    if (place === null || place === undefined || (plot.cursor.left ?? -1) < 0) {
      this.#tip.hidden = true;
      return;
    }
    this.#tell(place);
  }

  #show(place: number): void {
    const plot = this.#plot;
    const data = this.#data;
    if (!plot || !data) return;
    this.#place = place;
    if (place < 0) {
      plot.setCursor({ left: -10, top: -10 });
      return;
    }
    plot.setCursor({ left: plot.valToPos(data.at[place] ?? 0, "x"), top: 10 });
    this.#tell(place);
    this.#live.textContent = this.#tip.innerText.replace(/\s*\n\s*/g, " · ");
  }

  #tell(place: number): void {
    const data = this.#data;
    const plot = this.#plot;
    if (!data || !plot) return;
    this.#place = place;
    const head = document.createElement("p");
    head.textContent = whole(data, data.at[place] ?? 0);
    const list = document.createElement("dl");
    const row = (title: string, value: number | null | undefined) => {
      const name = document.createElement("dt");
      const said = document.createElement("dd");
      name.textContent = title;
      said.textContent = value === null || value === undefined ? "–" : exact(data, value);
      list.append(name, said);
    };
    row(data.titles.value, data.values[place]);
    if (data.before) row(data.titles.before, data.before[place]);
    if (data.failures) row(data.titles.failures, data.failures[place]);
    this.#tip.replaceChildren(head, list);
    this.#tip.hidden = false;
    const at = plot.valToPos(data.at[place] ?? 0, "x") + plot.over.offsetLeft;
    const room = this.clientWidth - this.#tip.offsetWidth;
    const left = at + TIP_GAP > room ? at - TIP_GAP - this.#tip.offsetWidth : at + TIP_GAP;
    this.#tip.style.transform = `translateX(${Math.max(0, Math.min(left, room))}px)`;
  }

  #key(event: KeyboardEvent): void {
    const last = (this.#data?.at.length ?? 0) - 1;
    const steps: Record<string, number> = {
      ArrowLeft: this.#place < 0 ? last : Math.max(0, this.#place - 1),
      ArrowRight: this.#place < 0 ? 0 : Math.min(last, this.#place + 1),
      Home: 0,
      End: last,
    };
    const next = steps[event.key];
    if (next !== undefined && last >= 0) {
      event.preventDefault();
      this.#show(next);
    } else if (event.key === "Enter" && this.#place >= 0) {
      event.preventDefault();
      this.#open(this.#place);
    } else if (event.key === "Escape") {
      this.#show(-1);
    }
  }

  #open(place: number): void {
    const address = this.#data?.links[place];
    if (address) location.assign(address);
  }
}

function language(): string {
  return document.documentElement.lang || "en";
}

/** Whether there are so few values that a line alone would hide them. */
function few(data: Data): boolean {
  return data.values.filter((value) => value !== null).length <= 3;
}

function faint(line: string): string {
  return `color-mix(in srgb, ${line} 9%, transparent)`;
}

function range(data: Data, high: number | null): [number, number] {
  if (data.format === "percent") {
    const known = [...data.values, ...(data.before ?? [])].filter((value): value is number => value !== null);
    const low = known.length ? Math.min(...known) : 0;
    return [Math.max(0, Math.floor((low - 0.02) * 10) / 10), 1];
  }
  return [0, Math.max((high ?? 0) * 1.08, data.format === "count" ? 1 : 0.001)];
}

function short(data: Data, value: number): string {
  if (data.format === "percent") return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 1 }).format(value);
  if (data.format === "seconds") return seconds(value, 1);
  return Number.isInteger(value) ? new Intl.NumberFormat(language(), { notation: "compact", maximumFractionDigits: 1 }).format(value) : "";
}

function exact(data: Data, value: number): string {
  if (data.format === "percent") return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 1 }).format(value);
  if (data.format === "seconds") return seconds(value, 2);
  return new Intl.NumberFormat(language()).format(value);
}

function seconds(value: number, digits: number): string {
  const said = (number: number, unit: string, fraction: number) =>
    new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: fraction }).format(number);
  if (value === 0) return said(0, "second", 0);
  if (value < 1) return said(value * 1000, "millisecond", 0);
  if (value < 120) return said(value, "second", value < 10 ? digits : 0);
  if (value < 7200) return said(value / 60, "minute", 1);
  return said(value / 3600, "hour", 1);
}

function moment(data: Data, at: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language(), { timeZone: data.zone, ...options }).format(new Date(at * 1000));
}

function ticks(data: Data, splits: number[]): string[] {
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  if (data.unit === "day") return splits.map((at) => moment(data, at, day));
  let before = "";
  return splits.map((at) => {
    const clock = moment(data, at, { hour: "2-digit", minute: "2-digit" });
    const named = moment(data, at, day);
    const shown = named === before || (before === "" && !/^(00|12:00 AM|24)/.test(clock)) ? clock : named;
    before = named;
    return shown;
  });
}

function whole(data: Data, at: number): string {
  const day: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short" };
  return moment(data, at, data.unit === "day" ? day : { ...day, hour: "2-digit", minute: "2-digit" });
}

customElements.define("metric-chart", MetricChart);
