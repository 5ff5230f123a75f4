// Forms made from JSON Schemas, without a round trip: entries of lists come and go, alternatives change. Without this
// script the same buttons send the form, and the server answers with it changed.

/** An element that is not there yet stands in the list's template, with {n} where its number belongs. */
function add(button: HTMLElement): boolean {
  const list = button.closest<HTMLElement>("[data-list]");
  const template = list?.querySelector<HTMLTemplateElement>(":scope > template[data-blank]");
  const items = list?.querySelector<HTMLElement>(":scope > [data-items]");
  if (!list || !template || !items) return false;
  const numbers = own(items).map((item) => Number(item.querySelector<HTMLInputElement>("input[type=hidden]")?.value ?? 0));
  const number = Math.max(-1, ...numbers) + 1;
  items.insertAdjacentHTML("beforeend", template.innerHTML.replaceAll(template.dataset.blank ?? "", String(number)));
  count(list);
  own(items).at(-1)?.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea")?.focus();
  return true;
}

function remove(button: HTMLElement): boolean {
  const item = button.closest<HTMLElement>("[data-item]");
  const list = item?.closest<HTMLElement>("[data-list]");
  if (!item || !list) return false;
  item.remove();
  count(list);
  list.querySelector<HTMLElement>(":scope > p > [data-add]")?.focus();
  return true;
}

function own(items: HTMLElement): HTMLElement[] {
  return [...items.querySelectorAll<HTMLElement>(":scope > [data-item]")];
}

/** A list that may have no more entries offers none. */
function count(list: HTMLElement): void {
  const button = list.querySelector<HTMLElement>(":scope > p > [data-add]");
  const items = list.querySelector<HTMLElement>(":scope > [data-items]");
  const most = Number(button?.dataset.most);
  if (button && items && most) button.hidden = own(items).length >= most;
}

function show(select: HTMLSelectElement): void {
  for (const part of select.closest("[data-variants]")?.querySelectorAll<HTMLFieldSetElement>(":scope > [data-variant]") ?? []) {
    part.hidden = part.disabled = part.dataset.variant !== select.value;
  }
}

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-add], [data-remove]");
  if (button && (button.matches("[data-add]") ? add(button) : remove(button))) event.preventDefault();
});
document.addEventListener("change", (event) => {
  const select = event.target as HTMLSelectElement;
  if (select.matches?.("[data-variants] > .schema-which > select")) show(select);
});
