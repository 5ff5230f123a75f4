/** Durations of what is under way go on by themselves; bars that run end at now. Worded as the server words them. */

const language = document.documentElement.lang;
const page = document.querySelector<HTMLElement>("[data-now]");
/** The browser's clock may be off; what counts is the server's. */
const skew = page ? Date.now() - Number(page.dataset["now"]) : 0;

export function startTicking(): void {
  setInterval(tick, 1000);
  document.addEventListener("tropeiro:replaced", tick);
  tick();
}

function tick(): void {
  const now = Date.now() - skew;
  for (const cell of document.querySelectorAll<HTMLElement>("[data-ticking]")) cell.textContent = worded(now - Number(cell.dataset["ticking"]));
  for (const timeline of document.querySelectorAll<HTMLElement>(".timeline[data-begin]:not([data-end])")) stretch(timeline, now);
}

function stretch(timeline: HTMLElement, now: number): void {
  const begin = Number(timeline.dataset["begin"]);
  const length = Math.max(1, now - begin);
  for (const bar of timeline.querySelectorAll<SVGRectElement>("rect[data-start]")) {
    if (!bar.dataset["start"]) continue;
    const start = Math.max(0, Math.min(994, (1000 * (Number(bar.dataset["start"]) - begin)) / length));
    const stop = bar.dataset["stop"] ? Math.min(1000, (1000 * (Number(bar.dataset["stop"]) - begin)) / length) : 1000;
    bar.setAttribute("x", start.toFixed(1));
    bar.setAttribute("width", Math.max(6, stop - start).toFixed(1));
  }
}

function worded(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  const number = (value: number, digits: number) => value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  if (seconds < 0.9995) return `${number(Math.round(seconds * 1000), 0)} ms`;
  if (seconds < 60) return `${number(seconds, seconds < 9.95 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const hours = Math.floor(whole / 3600);
  if (hours < 48) return `${hours} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
