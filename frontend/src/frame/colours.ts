/** Told when light became dark or back; charts, which draw in computed colours, listen for it on `document`. */
export const COLOURS_CHANGED = "tropeiro:colours";

/** Follow the system's colours where the person chose none, for the few rules of Tabler that need the attribute. */
export function keepColours(): void {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if (root.dataset.theme === "system") root.dataset.bsTheme = dark.matches ? "dark" : "light";
    document.dispatchEvent(new Event(COLOURS_CHANGED));
  };
  dark.addEventListener("change", follow);
  follow();
}

/** A CSS variable as a colour that a canvas understands: light-dark() and oklch() worked out. */
export function colour(variable: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const worked = getComputedStyle(probe).color;
  probe.remove();
  return worked;
}
