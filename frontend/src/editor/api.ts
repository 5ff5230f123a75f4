/** Requests of the editor: JSON both ways. */

import type { Draft, LogLine, Offer, Problem, Run, RunLine, Service, Shape } from "./contract";
import type { Json, JsonObject } from "./json";
import { formatJson, parseJson } from "./json";

/** An answer that is no success: what it says, in the reader's words. */
export class Refused extends Error {
  constructor(readonly status: number, readonly body: { code: string; title: string; detail: string; [key: string]: unknown }) {
    super(body.detail || body.title || body.code);
  }
}

/** The server could not be reached; trying again may help. */
export class Unreachable extends Error {}

export class Api {
  constructor(private readonly base: string, private readonly token: string) {}

  draft(): Promise<Draft> { return this.ask("GET", ""); }
  save(text: string, revision: number): Promise<Pick<Draft, "revision" | "base" | "newest" | "same" | "problems"> & { saved_at: string }> { return this.ask("PUT", "", { text, revision }); }
  discard(revision: number): Promise<Draft | { gone: true }> { return this.ask("DELETE", "", { revision }); }
  check(text: string, stop?: AbortSignal): Promise<{ problems: Problem[] }> { return this.ask("POST", "/check", { text }, stop); }
  /** `over`: the version that its author has seen to be newer than what they began from. */
  publish(text: string, revision: number, message: string, over: number | null = null): Promise<{ version: number; changed: boolean; revision: number; url: string }> {
    return this.ask("POST", "/publish", { text, revision, message, over });
  }
  /** Another name for a workflow that was never published. */
  rename(name: string, project: string): Promise<{ name: string; project: string; reference: string }> { return this.ask("POST", "/rename", { name, project }); }
  /** What differs from the newest version, as a part of a page; undefined where nobody says so. */
  async differences(text: string): Promise<string | undefined> {
    const response = await this.send("POST", "/differences", { text }, undefined, "text/html");
    return response.ok ? response.text() : undefined;
  }

  services(q: string, kind = "", after = "", stop?: AbortSignal): Promise<{ items: Offer[]; next: string | null }> {
    return this.ask("GET", `/services?${new URLSearchParams({ q, kind, after })}`, undefined, stop);
  }
  service(uses: string): Promise<Service> { return this.ask("GET", `/service?${new URLSearchParams({ uses })}`); }
  runs(after = ""): Promise<{ items: RunLine[]; next: string | null }> { return this.ask("GET", `/runs?${new URLSearchParams({ after })}`); }
  /** `index`: of what ran for several items, which one is told of. */
  run(job: string, index = 0): Promise<Run> { return this.ask("GET", `/runs/${job}?${new URLSearchParams({ index: String(index) })}`); }
  preview(asked: { text: string; pointer: string; value: Json; job: string | null; index: number | null; pins: JsonObject; inputs: Json }, stop?: AbortSignal):
  Promise<{ value: Json; kind: string; cut: boolean } | { error: { code: string; message: string; hint: string; column: number } }> {
    return this.ask("POST", "/preview", asked, stop);
  }
  test(asked: { text: string; inputs: Json; what: JsonObject; pins: JsonObject; job: string | null; index: number | null }): Promise<{ job: string; url: string }> {
    return this.ask("POST", "/test", asked);
  }
  tested(job: string, after: string, index: number): Promise<Run & { log: LogLine[]; next: string }> {
    return this.ask("GET", `/tests/${job}?${new URLSearchParams({ after, index: String(index) })}`);
  }
  cancelTest(job: string): Promise<Run> { return this.ask("DELETE", `/tests/${job}`); }
  /** What a schema asks a person for. */
  shape(schema: Json): Promise<{ shape: Shape }> { return this.ask("POST", "/shape", { schema }); }

  private async ask<T>(method: string, path: string, body?: object, stop?: AbortSignal): Promise<T> {
    const response = await this.send(method, path, body, stop);
    const text = await response.text();
    let answer: unknown;
    try {
      answer = parseJson(text);
    } catch {
      throw new Unreachable(`${response.status}`);
    }
    if (!response.ok) throw new Refused(response.status, answer as Refused["body"]);
    return answer as T;
  }
  private async send(method: string, path: string, body?: object, stop?: AbortSignal, accept = "application/json"): Promise<Response> {
    try {
      return await fetch(`${this.base}${path}`, {
        method,
        headers: { Accept: accept, "X-CSRFToken": this.token, ...(body ? { "Content-Type": "application/json" } : {}) },
        ...(body ? { body: formatJson(body as Json) } : {}),
        ...(stop ? { signal: stop } : {}),
      });
    } catch (trouble) {
      if (stop?.aborted) throw trouble;
      throw new Unreachable(String(trouble));
    }
  }
}
