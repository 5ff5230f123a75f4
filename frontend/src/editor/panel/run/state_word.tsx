/** State of a job or a step: a sign and a word, never the colour alone. */

const ICONS: Record<string, string> = {
  queued: "circle-dashed", running: "loader-2", waiting: "clock", paused: "player-pause", succeeded: "circle-check", failed: "circle-x",
  cancelled: "ban", timed_out: "hourglass", skipped: "player-skip-forward",
};

let sprite: string | undefined;

export function StateWord({ state, words }: { state: string; words: string }) {
  // Every page has icons in its frame; they know where the pictures are.
  sprite ??= document.querySelector(".topbar svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "";
  return (
    <span class={`state state-${state.replaceAll("_", "-")}`}>
      <svg class="icon" aria-hidden="true" focusable="false"><use href={`${sprite}#${ICONS[state] ?? "circle-dashed"}`} /></svg>{words}
    </span>
  );
}

/** Whether nothing more happens to a job in this state. */
export function isOver(state: string): boolean {
  return ["succeeded", "failed", "cancelled", "timed_out", "skipped"].includes(state);
}
