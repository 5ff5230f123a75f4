/** What the server says and is told: `web/screens/editor` has the other half. */

import type { Json } from "./json";

export interface Problem { code: string; pointer: string; message: string; hint: string; line: number; column: number }

export interface Draft {
  text: string;
  /** Counts the savings of this draft; 0: there is none yet. */
  revision: number;
  /** The version that it began from, and the newest one; 0: none. */
  base: number;
  newest: number;
  changed_by: string;
  changed_at: string | null;
  /** Whether it says what the newest version says. */
  same: boolean;
  problems: Problem[];
}

export interface Offer {
  uses: string;
  name: string;
  title: string;
  description: string;
  origin: "project" | "organization" | "subscribed" | "public" | "core";
  kind: "service" | "automation";
  project: string;
  publisher: string;
  tags: string[];
  returns: string;
  version: string;
}

export interface Shape {
  kind: string;
  title: string;
  help: string;
  nullable: boolean;
  required: boolean;
  default?: Json;
  options?: { label: string; value: Json }[];
  variants?: { label: string; shape: Shape }[];
  item?: Shape;
  fields?: Record<string, Shape>;
  rule: Json;
}

export interface Service extends Offer {
  input: Json;
  output: Json;
  shape: Shape;
  credential: { kind: string; names: string[] } | null;
  newer: string | null;
}

export interface RunStep {
  pointer: string;
  path: string;
  id: string;
  name: string;
  state: string;
  words: string;
  started_at: string | null;
  /** Milliseconds. */
  duration: number | null;
  attempts: number;
  input: Json;
  output: Json;
  cut: boolean;
  error: Json;
  items: number | null;
}

export interface Run {
  id: string;
  state: string;
  words: string;
  url: string;
  test: boolean;
  inputs: Json;
  output: Json;
  error: Json;
  document: Json;
  steps: RunStep[];
}

/** `step`: pointer of the step that said it, `path`: where in the run, as in `records[3].fetch`. */
export interface LogLine { time: string; level: string; message: string; step: string; path: string }

export interface RunLine { id: string; state: string; words: string; started_at: string | null; version: number | null; test: boolean }

/** A filter of expressions, as `kernel/filters` registers it. */
export interface Filter {
  name: string;
  /** As it is written behind the bar: `split(separator=" ")`. */
  signature: string;
  /** What it takes: `text or list`. */
  accepts: string;
  summary: string;
}

export interface Start {
  workflow: { id: string; name: string; project: string; reference: string; version: number; published: boolean };
  draft: Draft;
  urls: Record<string, string>;
  organization: string;
  can: { save: boolean; run: boolean };
  schema_url: string;
  filters: Filter[];
  examples: { name: string; title: string; text: string }[];
}
