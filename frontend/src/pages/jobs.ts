// The list of jobs and the page of one.

import { mountFlows } from "../flow/mount";
import { dragRanges } from "../frame/dragging";
import { chooseJobs } from "../jobs/choosing";
import { openDrawers } from "../jobs/drawer";
import { followLog } from "../jobs/log";
import { startTicking } from "../jobs/ticking";

startTicking();
dragRanges();
openDrawers();
followLog();
chooseJobs();
mountFlows();

// The diagram is coloured by the list of steps beside it, and a step of it opens as one of the list does.
document.addEventListener("tropeiro:replaced", () => document.dispatchEvent(new Event("flow:states")));
document.addEventListener("flow:select", (event) => {
  const pointer = (event as CustomEvent<string>).detail;
  for (const row of document.querySelectorAll<HTMLElement>("[data-pointer]")) {
    if (row.dataset["pointer"] === pointer) {
      row.querySelector<HTMLElement>("[data-step-link]")?.click();
      return;
    }
  }
});
