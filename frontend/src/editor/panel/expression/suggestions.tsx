/** What may be written next, below the line. */

import { useEffect, useRef } from "preact/hooks";
import { t } from "../../texts";
import type { Completion } from "./completion";

interface Props { id: string; completion: Completion; chosen: number; onTake(number: number): void }

export function Suggestions({ id, completion, chosen, onTake }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => list.current?.children[chosen]?.scrollIntoView({ block: "nearest" }), [chosen]);
  const one = completion.suggestions[chosen];
  return (
    <div class="suggestions">
      <ul id={id} role="listbox" aria-label={t("completion.title")} ref={list}>
        {completion.suggestions.map((suggestion, number) => (
          <li key={suggestion.label} id={`${id}-${number}`} role="option" aria-selected={number === chosen}
            // The line keeps the focus.
            onMouseDown={(event) => { event.preventDefault(); onTake(number); }}>
            <span class="mono">{suggestion.kind === "filter" ? suggestion.detail : suggestion.label}</span>
            {suggestion.kind === "filter" || suggestion.detail === "" ? null : <span class="quiet">{t(`kind_of.${suggestion.detail}`)}</span>}
          </li>
        ))}
      </ul>
      {one?.help ? <p class="hint">{one.help}</p> : null}
      <p class="visually-hidden" role="status">{t("completion.count", { count: completion.suggestions.length })}</p>
    </div>
  );
}
