/** Fixed value, expression, or null. */

import { t } from "../../texts";

export type Mode = "fixed" | "expression" | "null";

interface Props { mode: Mode; nullable: boolean; expressions: boolean; label: string; onTurn(to: Mode): void }

export function ModeChoice({ mode, nullable, expressions, label, onTurn }: Props) {
  const modes: Mode[] = ["fixed", ...(expressions ? ["expression" as const] : []), ...(nullable ? ["null" as const] : [])];
  return (
    <div class="panel-mode" role="group" aria-label={t("mode.of", { label })}>
      {modes.map((one) => (
        <button key={one} type="button" aria-pressed={one === mode} title={t(`mode.${one}`)} onClick={() => { if (one !== mode) onTurn(one); }}>
          {one === "expression" ? <><span aria-hidden="true">{"{ }"}</span><span class="visually-hidden">{t("mode.expression")}</span></> : t(`mode.${one}`)}
        </button>
      ))}
    </div>
  );
}
