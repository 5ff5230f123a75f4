/** Services that may be called, searched page by page. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Refused, Unreachable } from "../api";
import type { Offer } from "../contract";
import { useStore } from "../using";

export interface Offers {
  state: "asking" | "found" | "failed";
  items: readonly Offer[];
  next: string | null;
  more(): void;
  again(): void;
}

const WAIT = 180;

export function useOffers(wanted: string): Offers {
  const { api } = useStore();
  const [state, setState] = useState<Offers["state"]>("asking");
  const [items, setItems] = useState<readonly Offer[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const stop = useRef(new AbortController());

  const ask = async (after: string, before: readonly Offer[], signal: AbortSignal) => {
    setState("asking");
    try {
      const page = await api.services(wanted.trim(), "", after, signal);
      if (signal.aborted) return;
      setItems([...before, ...page.items]);
      setNext(page.next);
      setState("found");
    } catch (trouble) {
      if (signal.aborted) return;
      if (!(trouble instanceof Refused || trouble instanceof Unreachable)) throw trouble;
      setState("failed");
    }
  };
  useEffect(() => {
    const now = new AbortController();
    stop.current = now;
    const timer = setTimeout(() => void ask("", [], now.signal), items.length > 0 ? WAIT : 0);
    return () => { clearTimeout(timer); now.abort(); };
  }, [wanted, round]);
  return {
    state, items, next,
    more: () => { if (next !== null && state === "found") void ask(next, items, stop.current.signal); },
    again: () => setRound(round + 1),
  };
}
