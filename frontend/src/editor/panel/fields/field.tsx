/** One field: its label, its hint, what is wrong with it. Problems and links to fields find it by its JSON Pointer. */

import type { ComponentChildren } from "preact";
import { useId, useMemo } from "preact/hooks";
import type { Problem } from "../../contract";
import { useValue } from "../../using";

/** What an input needs to belong to its field: spread it over the element. */
export interface Belongs { id: string; "aria-describedby": string | undefined; "aria-invalid": "true" | undefined }

interface Props {
  /** Where the value stands in the document; "" outside of it. */
  pointer: string;
  label: string;
  hint?: string | undefined;
  needed?: boolean | undefined;
  /** Whether problems of what lies inside the value are told here too, because nothing inside has a field. */
  deep?: boolean;
  /** What is wrong, besides what the server says. */
  problem?: string | undefined;
  /** Stands beside the label. */
  aside?: ComponentChildren;
  children: (belongs: Belongs) => ComponentChildren;
}

export function Field({ pointer, label, hint, needed, deep = false, problem = "", aside, children }: Props) {
  const id = useId();
  const problems = useProblems(pointer, deep);
  const wrong = problem !== "" || problems.length > 0;
  const described = [hint ? `${id}-hint` : "", wrong ? `${id}-problem` : ""].filter(Boolean).join(" ");
  return (
    <div class="field panel-field" data-pointer={pointer}>
      <div class="panel-label">
        <label for={id} id={`${id}-label`}>{label}{needed ? <span class="panel-needed" aria-hidden="true"> *</span> : null}</label>
        {aside}
      </div>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": wrong ? "true" : undefined })}
      {hint ? <p class="hint" id={`${id}-hint`}>{hint}</p> : null}
      <div id={`${id}-problem`}>{problem ? <p class="problem">{problem}</p> : null}<Problems problems={problems} /></div>
    </div>
  );
}

export function Problems({ problems }: { problems: readonly Problem[] }) {
  return <>{problems.map((one) => (
    <p class="problem" key={`${one.code} ${one.pointer} ${one.message}`}>{one.message}{one.hint ? <span class="quiet"> {one.hint}</span> : null}</p>
  ))}</>;
}

/** What the server says is wrong with what stands at a pointer, and with what lies inside when asked. */
export function useProblems(pointer: string, deep = false): readonly Problem[] {
  const all = useValue((state) => state.problems);
  return useMemo(() => problemsOf(all, pointer, deep), [all, pointer, deep]);
}

export function problemsOf(all: readonly Problem[], pointer: string, deep: boolean): readonly Problem[] {
  if (pointer === "") return [];
  return all.filter((one) => one.pointer === pointer || (deep && one.pointer.startsWith(`${pointer}/`)));
}
