/** A service call: which service and version, what it is given, with which credential. */

import { useState } from "preact/hooks";
import { type Json, type JsonObject, isObject } from "../../json";
import { changed } from "../../pointer";
import { t } from "../../texts";
import { useStore } from "../../using";
import type { Picked } from "../../edits";
import { usePut } from "../editing";
import { Field } from "../fields/field";
import { TextField, shown } from "../fields/inputs";
import { ANYTHING } from "../form/shapes";
import { ValueField } from "../form/value_field";
import { Picker } from "../picker";
import { type Found, useService } from "../services";

export function Call({ step, pointer }: { step: JsonObject; pointer: string }) {
  const uses = shown(step["uses"]);
  const found = useService(uses);
  return (
    <>
      <Which uses={uses} pointer={pointer} found={found} />
      <Given found={found} pointer={`${pointer}/with`} value={step["with"]} />
      <Credential found={found} pointer={`${pointer}/credential`} value={step["credential"]} />
    </>
  );
}

function Which({ uses, pointer, found }: { uses: string; pointer: string; found: Found & { again(): void } }) {
  const store = useStore();
  const [picking, setPicking] = useState(false);
  const service = found.state === "found" ? found.service : undefined;
  const problem = uses === "" ? "" : found.state === "refused" ? found.reason : found.state === "unreachable" ? t("unreachable") : "";
  const take = (picked: Picked) => {
    setPicking(false);
    store.change((document) => ({ document: changed(document, pointer, (step) => called(step, picked)) }));
  };
  return (
    <section class="panel-section">
      <Field pointer={`${pointer}/uses`} label={t("step.uses")} needed problem={problem} hint={service ? firstSentence(service.description) : undefined}>{(belongs) => (
        <div class="panel-uses">
          <button {...belongs} aria-labelledby={`${belongs.id}-label ${belongs.id}`} type="button" class="btn panel-uses-pick" onClick={() => setPicking(true)}>
            {uses === "" ? t("step.uses_choose") : <><strong>{service?.title || uses.split("@")[0]}</strong><span class="quiet mono">{uses}</span></>}
          </button>
          {found.state === "unreachable" ? <button type="button" class="btn" onClick={found.again}>{t("again")}</button> : null}
        </div>
      )}</Field>
      <Version uses={uses} pointer={`${pointer}/uses`} newer={service?.newer ?? ""} />
      {picking ? <Picker servicesOnly onClose={() => setPicking(false)} onPick={(picked) => { if (typeof picked !== "string") take(picked); }} /> : null}
    </section>
  );
}

/** What it does in short; the page of the service has the rest. */
function firstSentence(text: string): string | undefined {
  return /^[\s\S]*?[.!?](?=\s|$)/u.exec(text.replaceAll("`", ""))?.[0] ?? (text || undefined);
}

/** The same step with another service; what it was given stays, else the new one's required inputs are prepared. */
function called(step: Json | undefined, picked: Picked): Json {
  const members = isObject(step) ? step : {};
  const given = members["with"];
  const none = given === undefined || (isObject(given) && Object.keys(given).length === 0);
  const made = Object.entries({ ...members, uses: picked.uses, with: none ? (picked.prepared ?? {}) : given });
  return Object.fromEntries(made);
}

function Version({ uses, pointer, newer }: { uses: string; pointer: string; newer: string }) {
  const put = usePut();
  const [name = "", version = ""] = uses.split("@");
  const newest = Number(newer || version);
  if (uses === "" || !Number.isInteger(newest) || newest < 2) return null;
  // The newest ones, and the one that is chosen.
  const all = [...new Set([...Array.from({ length: Math.min(newest, 50) }, (_one, place) => String(newest - place)), ...(version ? [version] : [])])];
  return (
    <>
      <Field pointer="" label={t("step.version")}>{(belongs) => (
        <select {...belongs} class="form-select panel-short" value={version} onChange={(event) => put(pointer, event.currentTarget.value ? `${name}@${event.currentTarget.value}` : name)}>
          {version === "" ? <option value="">{t("step.version_newest")}</option> : null}
          {all.map((one) => <option key={one} value={one}>{one}</option>)}
        </select>
      )}</Field>
      {newer !== "" && newer !== version ? (
        <p class="panel-newer">{t("step.newer", { version: newer })}{" "}
          <button type="button" class="panel-link" onClick={() => put(pointer, `${name}@${newer}`)}>{t("step.newer_take", { version: newer })}</button>
        </p>
      ) : null}
    </>
  );
}

function Credential({ found, pointer, value }: { found: Found; pointer: string; value: Json | undefined }) {
  const { start } = useStore();
  const put = usePut();
  const wanted = found.state === "found" ? found.service.credential : null;
  const text = shown(value);
  if (!wanted) {
    return value === undefined ? null : <TextField pointer={pointer} label={t("step.credential")} hint={t("step.credential_unused")} value={value} onChange={(made) => put(pointer, made)} />;
  }
  return (
    <section class="panel-section">
      <Field pointer={pointer} label={t("step.credential")} hint={t("step.credential_help", { kind: wanted.kind })}>{(belongs) => (
        <select {...belongs} class="form-select" value={text} onChange={(event) => put(pointer, event.currentTarget.value || undefined)}>
          <option value="">{t("step.credential_none")}</option>
          {text !== "" && !wanted.names.includes(text) ? <option value={text}>{t("step.credential_gone", { name: text })}</option> : null}
          {wanted.names.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
      )}</Field>
      {start.urls["credentials"] ? <p class="hint"><a href={start.urls["credentials"]} target="_blank" rel="noopener">{t("step.credential_make")}</a></p> : null}
    </section>
  );
}

/** The form of the service's inputs; members one by one while nobody knows its schema. */
function Given({ found, pointer, value }: { found: Found; pointer: string; value: Json | undefined }) {
  const put = usePut();
  if (found.state === "asking") return <p class="hint" role="status">{t("loading")}</p>;
  const shape = found.state === "found" ? found.service.shape : { ...ANYTHING, rule: { type: "object" } };
  const nothing = value === undefined || (isObject(value) && Object.keys(value).length === 0);
  if (shape.kind === "object" && Object.keys(shape.fields ?? {}).length === 0 && nothing) return <p class="hint">{t("step.with_nothing")}</p>;
  const title = { ...shape, title: t("step.with"), help: "" };
  return <div class="panel-section panel-root"><ValueField shape={title} pointer={pointer} label={t("step.with")} needed={false} value={value} onChange={(made) => put(pointer, made)} /></div>;
}
