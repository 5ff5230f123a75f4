// The bare page of an embedded diagram: drawn, in the reader's colours and by their clock, and looked at again now and then.

import { keepColours } from "../frame/colours";
import { mountFlows } from "../flow/mount";

const SOON = 10_000;
const LATER = 60_000;
const PARTS = ["embed-head", "embed-steps"];

keepColours();
tellTimes();
mountFlows();
if (document.getElementById("embed-head")) setTimeout(look, wait());

async function look(): Promise<void> {
  try {
    if (!document.hidden) await refresh();
  } catch {
    // Whoever embeds us sees the last that was known; the next look may find the way again.
  }
  setTimeout(look, wait());
}

async function refresh(): Promise<void> {
  const answer = await fetch(location.href, { credentials: "omit", referrerPolicy: "no-referrer" });
  if (answer.status === 404) return location.reload();
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (text(fresh) !== text(document)) return location.reload();
  for (const id of PARTS) document.getElementById(id)?.replaceWith(document.importNode(fresh.getElementById(id)!, true));
  tellTimes();
  document.dispatchEvent(new Event("flow:states"));
}

/** The diagram's document: when another version ran, everything is drawn anew. */
function text(page: Document): string {
  return page.getElementById("flow-document")?.textContent ?? "";
}

function wait(): number {
  return document.getElementById("embed-head")?.dataset["final"] === "no" ? SOON : LATER;
}

function tellTimes(): void {
  for (const one of document.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    one.textContent = new Date(one.dateTime).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
  }
}
