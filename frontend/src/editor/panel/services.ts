/** Services that the document calls, asked for once. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { type Api, Refused } from "../api";
import type { Service } from "../contract";
import { useStore } from "../using";

export type Found = { state: "asking" } | { state: "found"; service: Service } | { state: "refused"; reason: string } | { state: "unreachable" };

interface Entry { found: Found; promise: Promise<void> }

const ASKED = new WeakMap<Api, Map<string, Entry>>();

function entryOf(api: Api, uses: string): Entry {
  const asked = ASKED.get(api) ?? new Map<string, Entry>();
  ASKED.set(api, asked);
  const known = asked.get(uses);
  if (known) return known;
  const entry: Entry = { found: { state: "asking" }, promise: Promise.resolve() };
  asked.set(uses, entry);
  entry.promise = api.service(uses).then(
    (service) => { entry.found = { state: "found", service }; },
    (trouble: unknown) => {
      // What is no answer may be one the next time.
      if (!(trouble instanceof Refused)) asked.delete(uses);
      entry.found = trouble instanceof Refused ? { state: "refused", reason: trouble.message } : { state: "unreachable" };
    },
  );
  return entry;
}

/** Ask for one service, or wait for who asked before. */
export async function askService(api: Api, uses: string): Promise<Found> {
  const entry = entryOf(api, uses);
  await entry.promise;
  return entry.found;
}

/** One service, or why there is none. `again` asks anew after a failure. */
export function useService(uses: string): Found & { again(): void } {
  const { api } = useStore();
  const [round, setRound] = useState(0);
  const entry = uses === "" ? undefined : entryOf(api, uses);
  useEffect(() => {
    let here = true;
    if (entry?.found.state === "asking") void entry.promise.then(() => { if (here) setRound((number) => number + 1); });
    return () => { here = false; };
  }, [entry]);
  const found: Found = entry?.found ?? { state: "asking" };
  return { ...found, again: () => setRound(round + 1) };
}

/** Those that are known of several services; asks for the others. */
export function useServices(wanted: readonly string[]): ReadonlyMap<string, Service> {
  const { api } = useStore();
  const key = [...new Set(wanted)].sort().join("\n");
  const [round, setRound] = useState(0);
  useEffect(() => {
    let here = true;
    for (const uses of key.split("\n").filter(Boolean)) {
      const entry = entryOf(api, uses);
      if (entry.found.state === "asking") void entry.promise.then(() => { if (here) setRound((number) => number + 1); });
    }
    return () => { here = false; };
  }, [api, key]);
  return useMemo(() => {
    const known = new Map<string, Service>();
    for (const uses of key.split("\n").filter(Boolean)) {
      const found = ASKED.get(api)?.get(uses)?.found;
      if (found?.state === "found") known.set(uses, found.service);
    }
    return known;
  }, [api, key, round]);
}

/** All that were asked for and found so far. */
export function knownServices(api: Api): ReadonlyMap<string, Service> {
  const known = new Map<string, Service>();
  for (const [uses, { found }] of ASKED.get(api) ?? []) if (found.state === "found") known.set(uses, found.service);
  return known;
}
