/** Up, down, remove, beside one of several. */

import { Icon } from "../../icon";
import { t } from "../../texts";

interface Props { what: string; place: number; count: number; onMove(to: number): void; onRemove?: (() => void) | undefined }

export function RowButtons({ what, place, count, onMove, onRemove }: Props) {
  return (
    <span class="panel-row-buttons">
      {count > 1 ? (
        <>
          <button type="button" aria-label={t("row.up", { what })} title={t("row.up", { what })} disabled={place === 0} onClick={() => onMove(place - 1)}><Icon name="chevron-up" small /></button>
          <button type="button" aria-label={t("row.down", { what })} title={t("row.down", { what })} disabled={place === count - 1} onClick={() => onMove(place + 1)}><Icon name="chevron-down" small /></button>
        </>
      ) : null}
      {onRemove ? <button type="button" aria-label={t("row.remove", { what })} title={t("row.remove", { what })} onClick={onRemove}><Icon name="x" small /></button> : null}
    </span>
  );
}
