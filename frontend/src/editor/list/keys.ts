/** Keys in the list: which row one goes to, and what happens to the one where one is. */

import type { Act } from "./acts";
import type { Row } from "./rows";

export type Pressed = { go: number } | { fold: boolean } | { act: Act } | { say: "open" | "add" | "seek" };

const MOVES: Record<string, Act> = { ArrowUp: "up", ArrowDown: "down" };
const LEVELS: Record<string, Act> = { ArrowRight: "in", ArrowLeft: "out", ArrowUp: "out", ArrowDown: "in" };

/** What a key means on the row at `here`; undefined: nothing of ours. */
export function pressed(event: KeyboardEvent, rows: readonly Row[], here: number): Pressed | undefined {
  const { key } = event;
  const control = event.ctrlKey || event.metaKey;
  if (event.altKey && !control) {
    const act = event.shiftKey ? LEVELS[key] : MOVES[key];
    return act && { act };
  }
  if (control) return key.toLowerCase() === "d" && !event.shiftKey ? { act: "duplicate" } : undefined;
  const row = rows[here];
  switch (key) {
    case "ArrowDown": return { go: Math.min(rows.length - 1, here + 1) };
    case "ArrowUp": return { go: Math.max(0, here - 1) };
    case "Home": return { go: 0 };
    case "End": return { go: rows.length - 1 };
    case "ArrowRight": return row?.open === false ? { fold: false } : row?.open ? { go: here + 1 } : { go: here };
    case "ArrowLeft": return row?.open ? { fold: true } : { go: parentOf(rows, here) };
    case "Enter": case " ": return { say: "open" };
    case "Delete": case "Backspace": return { act: "remove" };
    case "Insert": case "a": return { say: "add" };
    default: return [...key].length === 1 ? { say: "seek" } : undefined;
  }
}

function parentOf(rows: readonly Row[], here: number): number {
  const level = rows[here]?.level ?? 1;
  for (let place = here - 1; place >= 0; place -= 1) if (rows[place]!.level < level) return place;
  return here;
}

/** The next row from `here` on whose title begins with what was typed. */
export function sought(titles: readonly string[], here: number, typed: string): number {
  const wanted = typed.toLowerCase();
  // One letter again and again goes from one to the next; a word that grows may stay where it is.
  const letters = new Set(wanted);
  const start = letters.size === 1 && wanted.length > 0 ? here + 1 : here;
  const begin = letters.size === 1 ? wanted[0]! : wanted;
  for (let step = 0; step < titles.length; step += 1) {
    const place = (start + step) % titles.length;
    if (titles[place]!.toLowerCase().startsWith(begin)) return place;
  }
  return here;
}
