/** The editor: header, then list, diagram and panel side by side, or the JSON tab. */

import { type ComponentType, render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Api } from "./api";
import type { Offer, Start } from "./contract";
import { type NewKind, type Place, insertNew } from "./edits";
import { Banners } from "./header/banners";
import { DiscardDialog } from "./header/discard";
import { Header } from "./header/header";
import { KeysDialog } from "./header/keys_dialog";
import { PublishDialog } from "./header/publish";
import { Icon } from "./icon";
import { parseJson } from "./json";
import { useEditorKeys } from "./keys";
import { Columns } from "./layout/columns";
import { InputsTab } from "./panel/inputs_tab";
import { Picker } from "./panel/picker";
import { Sayings, announce } from "./saying";
import { type Opened, ScreenContext, type View, enterPanel, useScreen } from "./screen";
import { Store } from "./store";
import { TestDialog } from "./testing/test_dialog";
import { t } from "./texts";
import { StoreContext, useStore, useValue } from "./using";

const VIEWS: { view: View; icon: string }[] = [{ view: "list", icon: "list-tree" }, { view: "diagram", icon: "sitemap" }, { view: "panel", icon: "adjustments" }];

function App({ store }: { store: Store }) {
  const [opened, open] = useState<Opened>();
  const [view, show] = useState<View>("list");
  const screen = useMemo(() => ({ open, view, show }), [view]);
  useEditorKeys(store, open);
  useLeaving(store);
  return (
    <StoreContext.Provider value={store}><ScreenContext.Provider value={screen}>
      <Header />
      <Banners />
      <Tabs />
      <nav class="editor-views segments" aria-label={t("views")}>
        {VIEWS.map((one) => <button key={one.view} type="button" aria-pressed={one.view === view} onClick={() => show(one.view)}><Icon name={one.icon} />{t(`view.${one.view}`)}</button>)}
      </nav>
      {opened && <Over opened={opened} onClose={() => open(undefined)} />}
      <Sayings />
    </ScreenContext.Provider></StoreContext.Provider>
  );
}

function Tabs() {
  const tab = useValue((state) => state.tab);
  return (
    <div class="editor-body" role="tabpanel" id={`editor-view-${tab}`} aria-labelledby={`editor-tab-${tab}`}>
      <Columns hidden={tab !== "steps"} />
      {tab === "json" && <JsonView />}
      {tab === "inputs" && <InputsTab />}
    </div>
  );
}

/** Comes when it is wanted: half of the editor's weight is in it. */
function JsonView() {
  const [Tab, setTab] = useState<ComponentType>();
  useEffect(() => { void import("./json_tab/json_tab").then(({ JsonTab }) => setTab(() => JsonTab)); }, []);
  return Tab ? <Tab /> : <p class="quiet editor-loading" role="status">{t("loading")}</p>;
}

function Over({ opened, onClose }: { opened: Opened; onClose(): void }) {
  switch (opened.what) {
    case "pick": return <Pick place={opened.place} onClose={onClose} />;
    case "publish": return <PublishDialog onClose={onClose} />;
    case "discard": return <DiscardDialog onClose={onClose} />;
    case "keys": return <KeysDialog onClose={onClose} />;
    case "test": return <TestDialog onClose={onClose} />;
  }
}

function Pick({ place, onClose }: { place: Place; onClose(): void }) {
  const store = useStore();
  const screen = useScreen();
  const pick = (picked: Offer | NewKind) => {
    onClose();
    screen.show("panel");
    store.change((document) => insertNew(document, place, picked, t("new.question")));
    announce(t("said.added"));
    enterPanel();
  };
  return <Picker onPick={pick} onClose={onClose} />;
}

/** Nobody leaves by accident with something unsaved; what can still be saved is, when the network is back. */
function useLeaving(store: Store): void {
  useEffect(() => {
    const leave = (event: BeforeUnloadEvent) => { if (store.unsaved) event.preventDefault(); };
    const back = () => store.hurry();
    const hide = () => { if (document.visibilityState === "hidden") store.hurry(); };
    addEventListener("beforeunload", leave);
    addEventListener("online", back);
    document.addEventListener("visibilitychange", hide);
    return () => {
      removeEventListener("beforeunload", leave);
      removeEventListener("online", back);
      document.removeEventListener("visibilitychange", hide);
    };
  }, [store]);
}

/** Bring the editor into the page that `editor/editor.html` wrote. */
export function mountEditor(host: HTMLElement): void {
  const start = parseJson(document.getElementById("editor-start")?.textContent ?? "{}") as unknown as Start;
  const token = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  host.replaceChildren();
  render(<App store={new Store(start, new Api(start.urls["draft"]!, token))} />, host);
}
