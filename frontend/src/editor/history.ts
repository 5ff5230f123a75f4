/** Undo and redo: a value that knows what came before and after it. */

export interface Moment {
  text: string;
  /** The step that was looked at, to go back to. */
  selected: string;
}

export interface History { past: readonly Moment[]; present: Moment; future: readonly Moment[]; group: string }

export const DEPTH = 100;

export function begin(present: Moment): History {
  return { past: [], present, future: [], group: "" };
}

/** A new present. Changes of one `group` in a row (typing into one field) are undone together. */
export function changedTo(history: History, present: Moment, group = ""): History {
  if (present.text === history.present.text) return { ...history, present };
  if (group !== "" && group === history.group) return { ...history, present, future: [] };
  return { past: [...history.past, history.present].slice(-DEPTH), present, future: [], group };
}

export function undone(history: History): History {
  const before = history.past.at(-1);
  if (!before) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future], group: "" };
}

export function redone(history: History): History {
  const [next, ...future] = history.future;
  return next ? { past: [...history.past, history.present].slice(-DEPTH), present: next, future, group: "" } : history;
}
