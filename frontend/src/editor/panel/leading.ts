/** From a problem to its field: the field of a pointer, or the nearest one around it, opened, shown and focused. */

export function leadTo(host: HTMLElement, pointer: string): boolean {
  const field = nearest(host, pointer);
  if (!field) return false;
  for (let around = field.parentElement; around && around !== host; around = around.parentElement) {
    if (around instanceof HTMLDetailsElement) around.open = true;
  }
  const target = field.matches(CAN) ? field : (field.querySelector<HTMLElement>(CAN) ?? field);
  if (!target.matches(CAN)) target.tabIndex = -1;
  field.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
  field.classList.add("panel-led");
  field.addEventListener("animationend", () => field.classList.remove("panel-led"), { once: true });
  return true;
}

const CAN = "input:not([type=hidden]), select, textarea, .panel-uses-pick";

function nearest(host: HTMLElement, pointer: string): HTMLElement | undefined {
  const fields = [...host.querySelectorAll<HTMLElement>("[data-pointer]")];
  for (let here = pointer; ; here = here.slice(0, here.lastIndexOf("/"))) {
    const found = fields.find((one) => one.dataset["pointer"] === here);
    if (found || here === "") return found;
  }
}
