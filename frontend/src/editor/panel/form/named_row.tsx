/** A member of an object whose name its writer chooses. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../../texts";

interface Props { name: string; onRename(to: string): void; buttons: ComponentChildren; children: ComponentChildren; label?: string }

export function NamedRow({ name, onRename, buttons, children, label = t("form.name") }: Props) {
  const [text, setText] = useState(name);
  useEffect(() => setText(name), [name]);
  const settle = () => {
    onRename(text.trim());
    if (text.trim() === "") setText(name);
  };
  return (
    <div class="panel-named">
      <div class="panel-named-head">
        <input class="form-control mono" aria-label={label} value={text} spellcheck={false} autocomplete="off" onInput={(event) => setText(event.currentTarget.value)} onBlur={settle}
          onKeyDown={(event) => { if (event.key === "Enter") settle(); }} />
        {buttons}
      </div>
      {children}
    </div>
  );
}
