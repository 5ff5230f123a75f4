/** Of what ran for several items, which one is looked at: in results, in the data of expressions, in previews. */

import { useMemo, useState } from "preact/hooks";
import { Refused, Unreachable } from "../../api";
import type { Run } from "../../contract";
import { isObject } from "../../json";
import { at } from "../../pointer";
import { t } from "../../texts";
import { useStore, useValue } from "../../using";
import { visibleFrom } from "../expression/visible";

export function ItemChoice({ run, pointer }: { run: Run; pointer: string }) {
  const store = useStore();
  const index = useValue((state) => state.index);
  const document = useValue((state) => state.document);
  const [problem, setProblem] = useState("");
  const around = useMemo(() => visibleFrom(document, `${pointer}/with`).foreach, [document, pointer]);
  if (around === undefined) return null;
  const step = at(document, around);
  const items = run.steps.find((one) => isObject(step) && one.id === step["id"])?.items ?? null;
  const look = async (wanted: number) => {
    try {
      store.look(await store.api.run(run.id, wanted), wanted);
      setProblem("");
    } catch (trouble) {
      if (!(trouble instanceof Refused || trouble instanceof Unreachable)) throw trouble;
      setProblem(trouble instanceof Refused ? trouble.message : t("unreachable"));
    }
  };
  return (
    <label class="field run-item"><span class="label">{items === null ? t("result.item") : t("result.item_of", { count: items })}</span>
      <input class="form-control panel-short" type="number" min="0" max={items === null ? undefined : Math.max(items - 1, 0)} value={index} onChange={(event) => void look(Math.max(0, Math.trunc(Number(event.currentTarget.value)) || 0))} />
      {problem ? <span class="problem" role="alert">{problem}</span> : null}
    </label>
  );
}
