/** The store in components. */

import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { State, Store } from "./store";

export const StoreContext = createContext<Store | undefined>(undefined);

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (!store) throw new Error("no store around this component");
  return store;
}

/** A part of the state; the component is drawn again when that part is another one. */
export function useValue<T>(part: (state: State) => T): T {
  const store = useStore();
  const value = part(store.state);
  const seen = useRef(value);
  const [, again] = useState(0);
  seen.current = value;
  useEffect(() => store.listen(() => { if (!Object.is(part(store.state), seen.current)) again((number) => number + 1); }), [store]);
  return value;
}
