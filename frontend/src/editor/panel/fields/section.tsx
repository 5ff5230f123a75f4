/** Parts of the panel: plain ones, and ones that are folded until something in them is set or wrong. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useValue } from "../../using";

export function Section({ title, hint, children, aside }: { title: string; hint?: string; children: ComponentChildren; aside?: ComponentChildren }) {
  return (
    <section class="panel-section">
      <div class="panel-section-head"><h3>{title}</h3>{aside}</div>
      {hint ? <p class="hint">{hint}</p> : null}
      {children}
    </section>
  );
}

/** Open at first when something in it is set, or has a problem; then as its reader wants it. `one`: it holds one field, which needs no name of its own. */
export function Folded({ title, set, pointers = [], one = false, children }:
{ title: string; set: boolean; pointers?: readonly string[]; one?: boolean; children: ComponentChildren }) {
  const details = useRef<HTMLDetailsElement>(null);
  const wrong = useValue((state) => state.problems.some((one) => pointers.some((pointer) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`))));
  useEffect(() => { if ((set || wrong) && details.current) details.current.open = true; }, [set, wrong]);
  return (
    <details class={one ? "panel-section panel-fold panel-fold-one" : "panel-section panel-fold"} ref={details}>
      <summary><span>{title}</span>{set ? <span class="panel-set" aria-hidden="true" /> : null}</summary>
      {children}
    </details>
  );
}
