/** What can be done with the chosen step, for those who point. */

import { WRAPPINGS } from "../edits";
import { Icon } from "../icon";
import { iconOfKind, kindWords } from "../kinds";
import { t } from "../texts";
import type { Act } from "./acts";
import type { Row } from "./rows";

export interface ListToolsProps {
  row: Row | undefined;
  movable: boolean;
  onAct(act: Act): void;
  onAdd(): void;
}

const PLAIN: { act: Act; icon: string }[] = [{ act: "up", icon: "arrow-up" }, { act: "down", icon: "arrow-down" }, { act: "duplicate", icon: "copy" }, { act: "remove", icon: "trash" }];
const LEVELS: { act: Act; icon: string }[] = [{ act: "in", icon: "corner-down-right" }, { act: "out", icon: "corner-left-up" }, { act: "unwrap", icon: "fold" }];

export function ListTools({ row, movable, onAct, onAdd }: ListToolsProps) {
  const none = !movable || row?.type !== "step";
  const chosen = (act: Act) => (event: Event) => {
    (event.currentTarget as Element).closest("details")?.removeAttribute("open");
    onAct(act);
  };
  return (
    <div class="editor-list-tools" role="toolbar" aria-label={t("list.tools")}>
      <button type="button" class="btn btn-sm" disabled={!movable} onClick={onAdd}><Icon name="plus" small />{t("list.add")}</button>
      <span class="grow" />
      {PLAIN.map(({ act, icon }) => (
        <button key={act} type="button" class="btn btn-icon btn-sm btn-ghost-secondary" disabled={none} aria-label={t(`act.${act}`)} title={t(`act.${act}.key`)} onClick={chosen(act)}><Icon name={icon} small /></button>
      ))}
      <details class="menu">
        <summary class="btn btn-icon btn-sm btn-ghost-secondary" aria-label={t("list.more")} title={t("list.more")}><Icon name="dots-vertical" small /></summary>
        <div class="menu-items">
          {LEVELS.map(({ act, icon }) => <button key={act} type="button" disabled={none} onClick={chosen(act)}><Icon name={icon} />{t(`act.${act}`)}</button>)}
          <p class="label">{t("act.wrap")}</p>
          {WRAPPINGS.map((kind) => <button key={kind} type="button" disabled={none} onClick={chosen(kind)}><Icon name={iconOfKind(kind)} />{kindWords(kind)}</button>)}
        </div>
      </details>
    </div>
  );
}
