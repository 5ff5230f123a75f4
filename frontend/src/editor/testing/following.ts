/** The test that runs, or ran last: started, asked about until it is over, cancelled. */

import { useEffect, useState } from "preact/hooks";
import { Refused, Unreachable } from "../api";
import type { LogLine, Run } from "../contract";
import { isOver } from "../panel/run/state_word";
import type { Store } from "../store";
import { t } from "../texts";
import { useStore } from "../using";

export interface TestState {
  /** "" before the first test. */
  job: string;
  run: Run | undefined;
  log: readonly LogLine[];
  phase: "none" | "runs" | "over" | "lost";
  cancelling: boolean;
  /** Why the last thing that was wanted could not be had. */
  problem: string;
}

type Asked = Parameters<Store["api"]["test"]>[0];

const FIRST_WAIT = 250;
const LAST_WAIT = 1_500;
const LOST_WAIT = 3_000;
const MOST_LINES = 1_000;

export class Following {
  state: TestState = { job: "", run: undefined, log: [], phase: "none", cancelling: false, problem: "" };
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private after = "";

  constructor(private readonly store: Store) {}

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Start a test. Throws what the server refuses. */
  async start(asked: Asked): Promise<void> {
    const { job } = await this.store.api.test(asked);
    clearTimeout(this.timer);
    this.after = "";
    this.update({ job, run: undefined, log: [], phase: "runs", cancelling: false, problem: "" });
    await this.ask(job, FIRST_WAIT);
  }

  async cancel(): Promise<void> {
    const { job } = this.state;
    this.update({ cancelling: true, problem: "" });
    try {
      await this.store.api.cancelTest(job);
      clearTimeout(this.timer);
      await this.ask(job, FIRST_WAIT);
    } catch (trouble) {
      if (!(trouble instanceof Refused || trouble instanceof Unreachable)) throw trouble;
      this.update({ cancelling: false, problem: trouble instanceof Refused ? trouble.message : t("unreachable") });
    }
  }

  private async ask(job: string, wait: number): Promise<void> {
    try {
      const { log, next, ...run } = await this.store.api.tested(job, this.after, this.store.state.index);
      if (job !== this.state.job) return;
      const first = this.state.run === undefined;
      this.after = next;
      const over = isOver(run.state);
      this.update({ run, log: [...this.state.log, ...log].slice(-MOST_LINES), phase: over ? "over" : "runs", problem: "" });
      // Whoever looks at another run meanwhile keeps it.
      if (first || this.store.state.run?.id === job) this.store.look(run, this.store.state.index);
      if (!over) this.timer = setTimeout(() => void this.ask(job, Math.min(wait * 1.3, LAST_WAIT)), wait);
    } catch (trouble) {
      if (trouble instanceof Unreachable) {
        this.update({ phase: "lost", problem: t("unreachable") });
        this.timer = setTimeout(() => void this.ask(job, wait), LOST_WAIT);
      } else if (trouble instanceof Refused) this.update({ phase: "over", problem: trouble.message });
      else throw trouble;
    }
  }

  private update(part: Partial<TestState>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}

const FOLLOWINGS = new WeakMap<Store, Following>();

export function following(store: Store): Following {
  const found = FOLLOWINGS.get(store) ?? new Following(store);
  FOLLOWINGS.set(store, found);
  return found;
}

/** The test in components. */
export function useTest(): TestState {
  const test = following(useStore());
  const [, again] = useState(0);
  useEffect(() => test.listen(() => again((number) => number + 1)), [test]);
  return test.state;
}
