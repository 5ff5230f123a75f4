/**
 * What the editor knows, in one place. Views read `state`, are told of changes, and call the methods; nothing else
 * changes it. The text is the truth; `document` is its value, of the last text that parsed.
 */

import { type Api, Refused, Unreachable } from "./api";
import type { Draft, Problem, Run, Start } from "./contract";
import * as history from "./history";
import { type Json, type JsonObject, formatJson, parseJson } from "./json";

export interface State {
  text: string;
  document: Json;
  /** Whether `document` says what `text` says: false while the text does not parse. */
  parsed: boolean;
  /** JSON Pointer of the step that the panel shows; "" none. */
  selected: string;
  /** JSON Pointer of the field that a problem leads to; told once, by a number that grows. */
  focus: { pointer: string; number: number };
  problems: readonly Problem[];
  saving: "saved" | "waiting" | "saving" | "offline" | "conflict" | "refused";
  /** Why saving was refused. */
  refusal: string;
  draft: Draft;
  /** What somebody else saved meanwhile. */
  theirs: Draft | undefined;
  canUndo: boolean;
  canRedo: boolean;
  tab: "steps" | "json" | "inputs";
  /** The run whose values are shown, whose outputs are pinned, and the item of a foreach. */
  run: Run | undefined;
  index: number;
  pins: JsonObject;
}

const SAVE_AFTER = 700;
const TRY_AGAIN_AFTER = 5_000;

export class Store {
  state: State;
  private past: history.History;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private inFlight: Promise<void> | undefined;
  /** The text that the server has. */
  private kept: string;

  constructor(readonly start: Start, readonly api: Api) {
    const { text } = start.draft;
    this.past = history.begin({ text, selected: "" });
    this.kept = text;
    const { document, parsed } = read(text, []);
    this.state = {
      text, document, parsed, selected: "", focus: { pointer: "", number: 0 }, problems: start.draft.problems, saving: "saved", refusal: "",
      draft: start.draft, theirs: undefined, canUndo: false, canRedo: false, tab: "steps", run: undefined, index: 0, pins: {},
    };
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Put another document into the place of this one. Changes of one `group` in a row are undone together. */
  change(edit: (document: Json) => { document: Json; selected?: string }, group = ""): void {
    if (!this.state.parsed || !this.start.can.save) return;
    const { document, selected = this.state.selected } = edit(this.state.document);
    if (document === this.state.document) return;
    this.put(formatJson(document), selected, group, document);
  }

  /** Another text, as typed: it may be anything. What is typed in one `group` is undone together. */
  type(text: string, group = "text"): void {
    this.put(text, this.state.selected, group);
  }

  select(selected: string): void {
    if (selected !== this.state.selected) this.update({ selected });
  }

  /** Show what a pointer names: its step in the panel, and the field in it. */
  lead(pointer: string, step: string): void {
    this.update({ selected: step, tab: "steps", focus: { pointer, number: this.state.focus.number + 1 } });
  }

  show(tab: State["tab"]): void {
    this.update({ tab });
  }

  look(run: Run | undefined, index = 0): void {
    this.update({ run, index });
  }

  pin(pins: JsonObject): void {
    this.update({ pins });
  }

  undo(): void {
    this.travel(history.undone(this.past));
  }

  redo(): void {
    this.travel(history.redone(this.past));
  }

  /** Whether there is anything here that the server has not. */
  get unsaved(): boolean {
    return this.state.text !== this.kept;
  }

  /** Try now what is waiting, or was not possible before. */
  hurry(): void {
    if (this.unsaved && this.state.saving !== "conflict") this.later(0);
  }

  /** Stop what is waiting: nothing is saved any more. */
  stop(): void {
    clearTimeout(this.timer);
  }

  /** Somebody else saved meanwhile: what they have. */
  clash(theirs: Draft): void {
    clearTimeout(this.timer);
    this.update({ saving: "conflict", theirs });
  }

  /** What the server found in the text as it stands here. */
  found(problems: readonly Problem[]): void {
    this.update({ problems });
  }

  /** Resolves when the server has what stands here, or cannot take it now. */
  async settled(): Promise<boolean> {
    clearTimeout(this.timer);
    while (this.state.text !== this.kept && this.state.saving !== "conflict") {
      await this.save();
      if (this.state.saving === "offline" || this.state.saving === "refused") break;
    }
    return this.state.text === this.kept;
  }

  /** After a conflict: give mine up for theirs (undo brings mine back), or put mine over theirs. */
  resolve(whose: "mine" | "theirs"): void {
    const { theirs } = this.state;
    if (!theirs) return;
    this.kept = theirs.text;
    this.update({ draft: theirs, theirs: undefined, saving: "waiting" });
    if (whose === "theirs") {
      this.put(theirs.text, "", "");
      this.update({ saving: "saved", problems: theirs.problems });
    } else this.later(0);
  }

  /** Take over a draft as the server says it is now: after discarding or publishing. */
  renew(draft: Draft): void {
    this.kept = draft.text;
    this.put(draft.text, this.state.selected, "");
    this.update({ draft, theirs: undefined, saving: "saved", problems: draft.problems });
  }

  private put(text: string, selected: string, group: string, value?: Json): void {
    this.past = history.changedTo(this.past, { text, selected }, group);
    this.arrive(value);
  }

  private travel(past: history.History): void {
    if (past === this.past) return;
    this.past = past;
    this.arrive();
  }

  private arrive(value?: Json): void {
    const { text, selected } = this.past.present;
    const { document, parsed } = value === undefined ? read(text, this.state.document) : { document: value, parsed: true };
    this.update({ text, document, parsed, selected, canUndo: this.past.past.length > 0, canRedo: this.past.future.length > 0 });
    if (text !== this.kept) this.later(SAVE_AFTER);
  }

  private later(wait: number): void {
    if (this.state.saving === "conflict" || !this.start.can.save) return;
    clearTimeout(this.timer);
    this.update({ saving: "waiting" });
    this.timer = setTimeout(() => void this.save(), wait);
  }

  private save(): Promise<void> {
    return (this.inFlight ??= this.send().finally(() => { this.inFlight = undefined; }));
  }

  private async send(): Promise<void> {
    const { text } = this.state;
    this.update({ saving: "saving" });
    try {
      const { saved_at, problems, ...state } = await this.api.save(text, this.state.draft.revision);
      this.kept = text;
      const draft = { ...this.state.draft, ...state, text, changed_at: saved_at, problems };
      this.update({ draft, problems, refusal: "", saving: this.state.text === text ? "saved" : "waiting" });
      if (this.state.text !== text) this.later(SAVE_AFTER);
    } catch (trouble) {
      this.trouble(trouble);
    }
  }

  private trouble(trouble: unknown): void {
    if (trouble instanceof Unreachable) {
      this.update({ saving: "offline" });
      this.timer = setTimeout(() => void this.save(), TRY_AGAIN_AFTER);
    } else if (trouble instanceof Refused && trouble.status === 409 && trouble.body["draft"]) {
      this.clash(trouble.body["draft"] as Draft);
    } else if (trouble instanceof Refused) this.update({ saving: "refused", refusal: trouble.message });
    else throw trouble;
  }

  private update(part: Partial<State>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}

function read(text: string, before: Json): { document: Json; parsed: boolean } {
  try {
    return { document: parseJson(text), parsed: true };
  } catch {
    return { document: before, parsed: false };
  }
}
