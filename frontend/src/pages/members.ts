// The list of members: the button beside a role appears when another role is chosen.

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-when-changed]")) {
  const button = form.querySelector("button") as HTMLButtonElement;
  button.hidden = true;
  form.addEventListener("change", () => {
    const select = form.querySelector("select") as HTMLSelectElement;
    button.hidden = select.options[select.selectedIndex]?.defaultSelected ?? false;
  });
}

export {};
