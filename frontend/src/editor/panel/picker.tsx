/** What a new step may be: a kind, or a service to call. */

import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import type { NewKind, Picked } from "../edits";
import { Icon } from "../icon";
import { iconOfKind } from "../kinds";
import { t } from "../texts";
import { useStore } from "../using";
import { type Offers, useOffers } from "./offers";
import { type Entry, entriesOf, prepared } from "./picking";

export interface PickerProps {
  onPick(picked: Picked | NewKind): void;
  onClose(): void;
  /** Whether only services are offered: for a step that calls another one. */
  servicesOnly?: boolean;
}

export function Picker({ onPick, onClose, servicesOnly = false }: PickerProps) {
  const store = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useId();
  const [wanted, setWanted] = useState("");
  const [chosen, setChosen] = useState(0);
  const [taking, setTaking] = useState("");
  const offers = useOffers(wanted);
  const entries = useMemo(() => entriesOf(offers.items, wanted, !servicesOnly), [offers.items, wanted, servicesOnly]);

  useEffect(() => { if (dialog.current && !dialog.current.open) dialog.current.showModal(); }, []);
  useEffect(() => dialog.current?.querySelector(`#${CSS.escape(`${list}-${chosen}`)}`)?.scrollIntoView({ block: "nearest" }), [chosen]);
  // What is asked for while the last one is looked at is more of the same.
  useEffect(() => { if (chosen >= entries.length - 1 && entries.length > 8) offers.more(); }, [chosen]);

  const take = async (entry: Entry | undefined) => {
    if (!entry || taking !== "") return;
    if (entry.kind) onPick(entry.kind);
    else if (entry.offer) {
      setTaking(entry.key);
      onPick(await prepared(store.api, entry.offer, store.state.document));
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // The list behind has keys of its own.
    event.stopPropagation();
    const last = entries.length - 1;
    const to = ({ ArrowDown: Math.min(chosen + 1, last), ArrowUp: Math.max(chosen - 1, 0), PageDown: Math.min(chosen + 8, last), PageUp: Math.max(chosen - 8, 0) } as Record<string, number>)[event.key];
    if (to !== undefined) setChosen(to);
    else if (event.key === "Enter" && (event.target as Element).matches("input")) void take(entries[chosen]);
    else return;
    event.preventDefault();
  };

  return (
    <dialog class="dialog picker" ref={dialog} aria-label={t(servicesOnly ? "picker.title_service" : "picker.title")} onClose={onClose} onKeyDown={onKeyDown}
      onClick={(event) => { if (event.target === dialog.current) dialog.current?.close(); }}>
      <div class="picker-head">
        <input type="search" class="form-control" role="combobox" list={undefined} aria-expanded="true" aria-controls={list} aria-activedescendant={entries.length > 0 ? `${list}-${chosen}` : undefined} aria-autocomplete="list"
          placeholder={t("picker.search")} aria-label={t("picker.search")} autofocus value={wanted} onInput={(event) => { setWanted(event.currentTarget.value); setChosen(0); }} />
        <button type="button" class="btn btn-icon" aria-label={t("close")} onClick={() => dialog.current?.close()}><Icon name="x" /></button>
      </div>
      <div class="picker-list" id={list} role="listbox" aria-label={t("picker.found")}>
        {groupsOf(entries).map(([group, ofGroup]) => (
          <div key={group} role="group" aria-label={t(`origin.${group}`)}>
            <p class="picker-group" aria-hidden="true">{t(`origin.${group}`)}</p>
            {ofGroup.map((entry) => {
              const number = entries.indexOf(entry);
              return (
                <div key={entry.key} id={`${list}-${number}`} role="option" aria-selected={number === chosen} class={entry.key === taking ? "picker-option picker-taking" : "picker-option"}
                  onMouseMove={() => { if (number !== chosen) setChosen(number); }} onClick={() => void take(entry)}>
                  {entry.kind ? <KindOption kind={entry.kind} /> : <ServiceOption entry={entry} />}
                </div>
              );
            })}
          </div>
        ))}
      </div>
      <Foot offers={offers} count={entries.length} wanted={wanted} />
    </dialog>
  );
}

function KindOption({ kind }: { kind: NewKind }) {
  return <><span class="picker-name"><Icon name={iconOfKind(kind)} />{t(`kind.${kind}`)}</span><span class="picker-words">{t(`kind.${kind}_help`)}</span></>;
}

function ServiceOption({ entry }: { entry: Entry }) {
  const offer = entry.offer!;
  const by = offer.origin === "public" || offer.origin === "subscribed" ? offer.publisher : offer.origin === "organization" ? offer.project : "";
  return (
    <>
      <span class="picker-name">{offer.title}{offer.kind === "automation" ? <span class="picker-badge">{t("picker.automation")}</span> : null}<span class="picker-uses mono">{offer.uses}</span></span>
      {offer.description ? <span class="picker-words">{offer.description.replaceAll("`", "")}</span> : null}
      <span class="picker-facts">
        {by ? <span>{t("picker.by", { who: by })}</span> : null}
        {offer.returns ? <span>{t("picker.returns", { what: offer.returns })}</span> : null}
        {offer.tags.map((tag) => <span class="picker-tag" key={tag}>{tag}</span>)}
      </span>
    </>
  );
}

function Foot({ offers, count, wanted }: { offers: Offers; count: number; wanted: string }) {
  return (
    <div class="picker-foot">
      {offers.state === "failed"
        ? <p class="problem" role="alert">{t("picker.failed")} <button type="button" class="panel-link" onClick={offers.again}>{t("again")}</button></p>
        : <p class="quiet" role="status">{offers.state === "asking" ? t("loading") : count === 0 ? t("picker.none", { wanted: wanted.trim() }) : t("picker.keys")}</p>}
      {offers.next ? <button type="button" class="btn btn-sm" onClick={offers.more}>{t("more")}</button> : null}
    </div>
  );
}

function groupsOf(entries: readonly Entry[]): [string, Entry[]][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups];
}
