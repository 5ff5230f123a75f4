// Pages that stay live: what a page says in attributes, see `tropeiro/web/screens/live/__init__.py`.

import htmx from "htmx.org";

/** On the element with `data-live`, for every event of its stream. */
export const HEARD = "tropeiro:live";
/** On a part whose content was replaced, and on lines that were added. */
export const REPLACED = "tropeiro:replaced";

export interface Heard { name: string; data: string }

const HIDDEN_MS = 15_000;
const LOST_MS = 3_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
const NEAR_THE_END = 24;

/** Follow everything on the page that says that it is live. */
export function followAll(): void {
  for (const root of document.querySelectorAll<HTMLElement>("[data-live]")) follow(root);
}

/** Follow one element's stream. Gives back how to stop. */
export function follow(root: HTMLElement): () => void {
  const address = new URL(root.dataset.live ?? "", location.href);
  const held = new Map<HTMLElement, string>();
  let source: EventSource | undefined;
  let over = false;
  let retry = FIRST_RETRY_MS;
  let again = 0;
  let hiding = 0;
  let losing = 0;

  const lost = (is: boolean) => {
    clearTimeout(losing);
    const said = root.querySelector<HTMLElement>("[data-live-lost]");
    if (!said) return;
    // A moment without a connection is not worth a word.
    if (is) losing = window.setTimeout(() => { said.hidden = false; }, LOST_MS);
    else said.hidden = true;
  };

  const hear = (name: string) => (event: MessageEvent<string>) => {
    if (event.lastEventId) address.searchParams.set("after", event.lastEventId);
    for (const part of own(root, `[data-live-part="${name}"]`)) replace(part, event.data, held);
    for (const list of own(root, `[data-live-append="${name}"]`)) add(list, event.data, "beforeend");
    for (const list of own(root, `[data-live-prepend="${name}"]`)) add(list, event.data, "afterbegin");
    root.dispatchEvent(new CustomEvent<Heard>(HEARD, { detail: { name, data: event.data } }));
  };

  const close = () => {
    clearTimeout(again);
    source?.close();
    source = undefined;
  };

  const open = () => {
    if (over || source) return;
    source = new EventSource(address);
    source.addEventListener("open", () => { retry = FIRST_RETRY_MS; lost(false); });
    source.addEventListener("error", () => {
      lost(true);
      // It comes back by itself unless the answer was an error.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      again = window.setTimeout(open, retry * (0.75 + Math.random() / 2));
      retry = Math.min(2 * retry, LAST_RETRY_MS);
    });
    for (const name of names(root)) source.addEventListener(name, hear(name));
    source.addEventListener("end", () => {
      over = true;
      close();
      lost(false);
      root.dispatchEvent(new CustomEvent<Heard>(HEARD, { detail: { name: "end", data: "" } }));
    });
  };

  // A browser keeps few connections to one place: a page that nobody sees gives its own to those that are seen.
  const seen = () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = window.setTimeout(close, HIDDEN_MS);
    else open();
  };
  const release = () => setTimeout(() => { for (const [part, html] of [...held]) replace(part, html, held); });

  document.addEventListener("visibilitychange", seen);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  for (const done of ["focusout", "toggle", "pointerup", "pointercancel", "keyup"]) root.addEventListener(done, release, true);
  document.addEventListener("selectionchange", () => { if (held.size) release(); });
  for (const list of own(root, "[data-live-append]")) keepFollowing(list);
  open();
  return () => { over = true; close(); };
}

/** Whether new lines are to be scrolled to: so while the box that the list names is ticked, else while its end is seen. */
function keepFollowing(list: HTMLElement): void {
  const box = followBox(list);
  const toEnd = () => { list.scrollTop = list.scrollHeight; };
  toEnd();
  if (!box) return;
  list.addEventListener("scroll", () => { box.checked = atEnd(list); }, { passive: true });
  box.addEventListener("change", () => { if (box.checked) toEnd(); });
}

function followBox(list: HTMLElement): HTMLInputElement | null {
  return list.dataset.liveFollow ? document.querySelector<HTMLInputElement>(list.dataset.liveFollow) : null;
}

function atEnd(list: HTMLElement): boolean {
  return list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_THE_END;
}

function names(root: HTMLElement): Set<string> {
  const found = new Set((root.dataset.liveEvents ?? "").split(/\s+/).filter(Boolean));
  for (const element of own(root, "[data-live-part], [data-live-append], [data-live-prepend]")) {
    for (const name of [element.dataset.livePart, element.dataset.liveAppend, element.dataset.livePrepend]) if (name) found.add(name);
  }
  return found;
}

/** Elements of this stream, not of another one inside it. */
function own(root: HTMLElement, selector: string): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>(selector)].filter((element) => element.closest("[data-live]") === root);
}

// What somebody is filling in, asking, selecting or pressing must not be taken from under their hands.
function busy(part: HTMLElement): boolean {
  const active = document.activeElement;
  if (active && part.contains(active) && active.matches("input, select, textarea")) return true;
  const selection = document.getSelection();
  if (selection && !selection.isCollapsed && part.contains(selection.anchorNode)) return true;
  return part.querySelector(":popover-open, details.menu[open], :active") !== null;
}

function replace(part: HTMLElement, html: string, held: Map<HTMLElement, string>): void {
  if (busy(part)) {
    held.set(part, html);
    return;
  }
  held.delete(part);
  const open = [...part.querySelectorAll<HTMLDetailsElement>("details[open][id]")].map((details) => details.id);
  const active = document.activeElement;
  const focused = active && part.contains(active) ? active.id : "";
  part.innerHTML = html;
  for (const id of open) part.querySelector<HTMLDetailsElement>(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  if (focused) part.querySelector<HTMLElement>(`#${CSS.escape(focused)}`)?.focus({ preventScroll: true });
  settle(part);
}

function add(list: HTMLElement, html: string, where: "beforeend" | "afterbegin"): void {
  const box = followBox(list);
  const following = where === "beforeend" && (box ? box.checked : atEnd(list));
  list.insertAdjacentHTML(where, html);
  const most = Number(list.dataset.liveMost ?? 3000);
  while (list.children.length > most) (where === "beforeend" ? list.firstElementChild : list.lastElementChild)?.remove();
  const empty = list.dataset.liveEmpty ? document.querySelector<HTMLElement>(list.dataset.liveEmpty) : null;
  if (empty) empty.hidden = true;
  settle(list);
  if (following) list.scrollTop = list.scrollHeight;
}

function settle(part: HTMLElement): void {
  // A part is rendered for all who see it; the token of its forms is this browser's.
  const token = document.querySelector<HTMLInputElement>(".topbar input[name=csrfmiddlewaretoken]")?.value;
  if (token) for (const field of part.querySelectorAll<HTMLInputElement>("input[name=csrfmiddlewaretoken]")) field.value = token;
  htmx.process(part);
  part.dispatchEvent(new Event(REPLACED, { bubbles: true }));
}
