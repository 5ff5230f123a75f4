/** The log: follows its end until somebody scrolls up, fetches older lines on demand, and shows the line of an address. */

const MOST = 3000;

export function followLog(): void {
  const log = document.getElementById("log");
  if (!log) return;
  const box = document.getElementById("follow") as HTMLInputElement | null;
  const line = log.dataset["line"] && document.getElementById(`line-${log.dataset["line"]}`);
  if (line) {
    line.classList.add("line-chosen");
    line.scrollIntoView({ block: "center" });
  } else log.scrollTop = log.scrollHeight;
  let last = log.scrollTop;
  log.addEventListener("scroll", () => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
    if (box && log.scrollTop < last - 2 && !atEnd) box.checked = false;
    else if (box && atEnd && log.scrollTop > last) box.checked = true;
    last = log.scrollTop;
  }, { passive: true });
  box?.addEventListener("change", () => { if (box.checked) log.scrollTop = log.scrollHeight; });
  fetchOlder(log, box);
}

function fetchOlder(log: HTMLElement, box: HTMLInputElement | null): void {
  const button = document.getElementById("log-older") as HTMLAnchorElement | null;
  const address = log.closest<HTMLElement>("[data-older]")?.dataset["older"];
  if (!button || !address) return;
  let busy = false;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const first = log.firstElementChild?.id.replace("line-", "");
    if (busy || !first) return;
    busy = true;
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${address}&before=${first}`, { headers: { "X-Part": "lines" } });
      if (!answer.ok) return;
      if (box) box.checked = false;
      const height = log.scrollHeight - log.scrollTop;
      log.insertAdjacentHTML("afterbegin", await answer.text());
      log.scrollTop = log.scrollHeight - height;
      // What is not looked at goes; the page's own address brings the newest lines back.
      while (log.children.length > MOST) log.lastElementChild?.remove();
      if (!answer.headers.get("X-Older")) button.parentElement?.remove();
    } finally {
      busy = false;
      button.removeAttribute("aria-busy");
    }
  });
}
