/** State of a job or a step: a sign and a word, never the colour alone. */

import { Icon } from "../../icon";

const ICONS: Record<string, string> = {
  queued: "circle-dashed", running: "loader-2", waiting: "clock", paused: "player-pause", succeeded: "circle-check", failed: "circle-x",
  cancelled: "ban", timed_out: "hourglass", skipped: "player-skip-forward",
};

export function StateWord({ state, words }: { state: string; words: string }) {
  return <span class={`state state-${state.replaceAll("_", "-")}`}><Icon name={ICONS[state] ?? "circle-dashed"} />{words}</span>;
}

/** Whether nothing more happens to a job in this state. */
export function isOver(state: string): boolean {
  return ["succeeded", "failed", "cancelled", "timed_out", "skipped"].includes(state);
}
