/** An icon of Tabler's, for eyes only: a word or an `aria-label` stands beside it. The build finds the names in the code. */

let sheet: string | undefined;

export function Icon({ name, small = false }: { name: string; small?: boolean }) {
  // The address of the sheet has a fingerprint, which only templates know.
  sheet ??= document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "";
  return <svg class={small ? "icon icon-small" : "icon"} aria-hidden="true" focusable="false"><use href={`${sheet}#${name}`} /></svg>;
}
