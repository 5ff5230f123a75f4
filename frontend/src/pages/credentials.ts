// A credential with fields of one's own: another row for a name and a value.

const rows = document.querySelector<HTMLElement>("[data-rows]");
const add = rows?.querySelector<HTMLButtonElement>("[data-add-row]");
if (rows && add) {
  add.hidden = false;
  add.addEventListener("click", () => {
    const all = rows.querySelectorAll<HTMLElement>("[data-row]");
    const last = all[all.length - 1] as HTMLElement;
    const row = last.cloneNode(true) as HTMLElement;
    for (const input of row.querySelectorAll("input")) {
      input.name = input.id = input.name.replace(/\d+$/, String(all.length));
      input.value = "";
    }
    for (const label of row.querySelectorAll("label")) label.htmlFor = label.htmlFor.replace(/\d+$/, String(all.length));
    last.after(row);
    row.querySelector("input")?.focus();
  });
}
