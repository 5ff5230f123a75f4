/** Publishing: what is different, what one says about it, and what stands in the way. */

import { useEffect, useRef, useState } from "preact/hooks";
import { showDifferences } from "../../flow/differences";
import { Refused, Unreachable } from "../api";
import type { Draft, Problem } from "../contract";
import { Dialog } from "../dialog";
import { Icon } from "../icon";
import { offer } from "../saying";
import { t } from "../texts";
import { useStore, useValue } from "../using";
import { ProblemList } from "./problems";

export function PublishDialog({ onClose }: { onClose(): void }) {
  const store = useStore();
  const draft = useValue((state) => state.draft);
  const [message, setMessage] = useState("");
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [over, setOver] = useState<number | null>(null);
  /** Another name, where the workflow's own was taken meanwhile. */
  const [name, setName] = useState<string>();

  const publish = async () => {
    if (busy) return;
    setBusy(true);
    setTrouble("");
    try {
      if (!(await store.settled())) { onClose(); return; }
      const { text, draft: { revision } } = store.state;
      if (name !== undefined) await store.api.rename(name, store.start.workflow.project);
      const done = await store.api.publish(text, revision, message.trim(), over);
      store.renew(await store.api.draft());
      if (name !== undefined) { location.reload(); return; }
      offer({ words: t(done.changed ? "publish.done" : "publish.unchanged", { version: done.version }), link: { words: t("to_workflow"), href: done.url } });
      onClose();
    } catch (failed) {
      if (failed instanceof Unreachable) setTrouble(t("offline"));
      else if (failed instanceof Refused) refused(failed);
      else throw failed;
    } finally {
      setBusy(false);
    }
  };
  const refused = (failed: Refused) => {
    const { code, draft: theirs, problems: found, newest } = failed.body as { code: string; draft?: Draft; problems?: Problem[]; newest?: number };
    if (code === "conflict" && theirs) { store.clash(theirs); onClose(); return; }
    if (code === "name_taken") setName((before) => before ?? store.start.workflow.name);
    if (code === "newer_version" && typeof newest === "number") setOver(newest);
    if (found) { setProblems(found); store.found(found); }
    setTrouble(failed.message);
  };

  return (
    <Dialog title={draft.newest === 0 ? t("publish.first") : t("publish.title", { version: draft.newest + 1 })} onClose={onClose} wide>
      <form onSubmit={(event) => { event.preventDefault(); void publish(); }} onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void publish(); } }}>
        {trouble && <div class="flash flash-error" role="alert"><Icon name="alert-circle" /><div>{trouble}{over !== null && <p>{t("publish.over", { version: over })}</p>}</div></div>}
        {problems.length > 0 && <ProblemList problems={problems} onLead={onClose} />}
        {name !== undefined && <div class="field"><label for="publish-name">{t("publish.name")}</label><input id="publish-name" class="form-control" value={name} required maxLength={64} pattern={"[a-z][a-z0-9_\\-]*"} onInput={(event) => setName(event.currentTarget.value)} /></div>}
        <div class="field"><label for="publish-message">{t("publish.message")} <span class="quiet">{t("optional")}</span></label>
          <textarea id="publish-message" class="form-control" rows={2} maxLength={500} value={message} data-autofocus onInput={(event) => setMessage(event.currentTarget.value)} /></div>
        {draft.newest > 0 && <Differences />}
        <div class="dialog-foot">
          <button type="button" class="btn" onClick={onClose}>{t("cancel")}</button>
          <button class="btn btn-primary" disabled={busy} title={t("publish.key")}>{busy ? t("publish.busy") : over !== null ? t("publish.anyway") : t("publish")}</button>
        </div>
      </form>
    </Dialog>
  );
}

/** What the server says is different, as it says it on the page of versions. */
function Differences() {
  const store = useStore();
  const place = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"asking" | "there" | "none">("asking");
  useEffect(() => {
    store.api.differences(store.state.text).then((part) => {
      if (part === undefined || !place.current) { setState("none"); return; }
      place.current.innerHTML = part;
      showDifferences(place.current);
      setState("there");
    }).catch((failed: unknown) => { setState("none"); if (!(failed instanceof Unreachable)) throw failed; });
  }, [store]);
  return (
    <section class="editor-differences" hidden={state === "none"} aria-label={t("publish.differences")}>
      <h3>{t("publish.differences")}</h3>
      {state === "asking" && <p class="quiet" role="status">{t("publish.comparing")}</p>}
      <div ref={place} />
    </section>
  );
}
