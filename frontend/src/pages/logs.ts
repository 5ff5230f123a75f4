// The explorer of logs while it is live: new lines appear on top, unless it is paused or somebody reads further down.

import htmx from "htmx.org";
import { dragRanges } from "../frame/dragging";
import { HEARD, type Heard } from "../frame/live";

const NEAR_THE_TOP = 40;

dragRanges();
const card = document.querySelector<HTMLElement>("#log-card[data-live]");
if (card) keepLive(card);

function keepLive(card: HTMLElement): void {
  const list = card.querySelector<HTMLElement>("#log-lines")!;
  const pause = card.querySelector<HTMLButtonElement>("[data-pause]")!;
  const show = card.querySelector<HTMLButtonElement>("[data-show-held]")!;
  const said = card.querySelector<HTMLElement>("[data-live-said]")!;
  const most = Number(card.dataset.most);
  const held = document.createElement("template");
  let paused = false;

  const rows = () => list.querySelectorAll<HTMLElement>(":scope > .log-row");
  const reading = () => card.getBoundingClientRect().top < -NEAR_THE_TOP || list.querySelector("details[open]") !== null;

  const count = () => {
    const number = held.content.children.length;
    show.hidden = number === 0;
    show.textContent = number === 1 ? card.dataset.heldOne ?? "" : (card.dataset.heldMany ?? "").replace("{n}", String(number));
  };

  const release = () => {
    const added = [...held.content.children] as HTMLElement[];
    list.prepend(held.content);
    for (const row of [...rows()].slice(most)) row.remove();
    for (const row of added) if (row.isConnected) htmx.process(row);
    count();
  };

  card.addEventListener(HEARD, (event) => {
    const { name, data } = (event as CustomEvent<Heard>).detail;
    if (name !== "lines") return;
    const come = document.createElement("template");
    come.innerHTML = data;
    // What the page had already when it began to follow is not shown twice.
    for (const row of [...come.content.children]) if (document.getElementById(row.id)) row.remove();
    held.content.prepend(come.content);
    while (held.content.children.length > most) held.content.lastElementChild?.remove();
    if (paused || reading()) count();
    else release();
  });

  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    card.classList.toggle("log-held", paused);
    said.textContent = (paused ? said.dataset.paused : said.dataset.following) ?? "";
    if (!paused) release();
  });
  show.addEventListener("click", () => {
    release();
    card.scrollIntoView({ block: "start" });
  });
}
