// Shows times as the clock on the wall has them. Follows a running job: replaces the parts of its page that change,
// appends to its log, and lets time pass.

const MOST_LINES = 3000;
const language = document.documentElement.lang;
const page = document.querySelector("[data-events]");
const skew = page ? Date.now() - Number(page.dataset.now) : 0;
const now = () => Date.now() - skew;

const formats = {
  second: new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" }),
  minute: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
  clock: new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false }),
};

function localize(within) {
  for (const time of within.querySelectorAll("time[data-as]")) {
    const moment = new Date(time.dateTime);
    time.title = `${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`;
    time.textContent = formats[time.dataset.as].format(moment);
    delete time.dataset.as;
  }
}

function follow(address, clock) {
  const source = new EventSource(address);
  const lost = document.getElementById("lost");
  source.addEventListener("open", () => { lost.hidden = true; });
  source.addEventListener("error", () => { lost.hidden = source.readyState === EventSource.OPEN; });
  for (const part of page.querySelectorAll("[data-part]")) {
    source.addEventListener(part.dataset.part, (event) => replace(part, event.data));
  }
  source.addEventListener("log", (event) => append(event.data));
  source.addEventListener("end", () => { source.close(); clearInterval(clock); tick(); });
}

const held = new Map();

// What somebody is filling in, asking or pressing must not be taken from under their hands: the newest waits until then.
function replace(part, html) {
  if (busy(part)) {
    held.set(part, html);
    return;
  }
  held.delete(part);
  part.innerHTML = html;
  localize(part);
  for (const token of part.querySelectorAll("input[name=csrfmiddlewaretoken]")) token.value = page.dataset.csrf;
  tick();
}

function busy(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches("input, select, textarea")) return true;
  return part.querySelector(":popover-open, :active") !== null;
}

function release() {
  setTimeout(() => { for (const [part, html] of [...held]) replace(part, html); });
}

function append(html) {
  const log = document.getElementById("log");
  const following = document.getElementById("follow").checked;
  log.insertAdjacentHTML("beforeend", html);
  localize(log);
  while (log.children.length > MOST_LINES) log.firstElementChild.remove();
  document.getElementById("log-empty").hidden = true;
  if (following) log.scrollTop = log.scrollHeight;
}

// Durations are worded as the server words them.
function worded(milliseconds) {
  const seconds = Math.max(0, milliseconds) / 1000;
  const number = (value, digits) => value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  if (seconds < 0.9995) return `${number(Math.round(seconds * 1000), 0)} ms`;
  if (seconds < 60) return `${number(seconds, seconds < 9.95 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  const two = (value) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const hours = Math.floor(whole / 3600);
  if (hours < 48) return `${hours} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function tick() {
  for (const cell of page.querySelectorAll("[data-since]")) cell.textContent = worded(now() - Number(cell.dataset.since));
  const timeline = page.querySelector(".timeline");
  if (!timeline || timeline.dataset.end) return;
  const begin = Number(timeline.dataset.begin);
  const length = Math.max(1, now() - begin);
  for (const bar of timeline.querySelectorAll("rect[data-start]")) {
    const start = Math.min(994, (1000 * (Number(bar.dataset.start) - begin)) / length);
    const stop = bar.dataset.stop ? (1000 * (Number(bar.dataset.stop) - begin)) / length : 1000;
    bar.setAttribute("x", Math.max(0, start).toFixed(1));
    bar.setAttribute("width", Math.max(6, Math.min(1000, stop) - start).toFixed(1));
  }
}

function start() {
  const log = document.getElementById("log");
  const box = document.getElementById("follow");
  log.scrollTop = log.scrollHeight;
  log.addEventListener("wheel", (event) => { if (event.deltaY < 0) box.checked = false; }, { passive: true });
  log.addEventListener("keydown", (event) => { if (["ArrowUp", "PageUp", "Home"].includes(event.key)) box.checked = false; });
  box.addEventListener("change", () => { if (box.checked) log.scrollTop = log.scrollHeight; });
  for (const over of ["focusout", "toggle", "pointerup", "pointercancel", "keyup"]) page.addEventListener(over, release, true);
  const clock = setInterval(tick, 1000);
  tick();
  follow(page.dataset.events, clock);
}

// A new schedule follows the clock of whoever makes it.
for (const field of document.querySelectorAll("[data-own-zone]")) field.value = new Intl.DateTimeFormat().resolvedOptions().timeZone || field.value;
localize(document);
if (page) start();
