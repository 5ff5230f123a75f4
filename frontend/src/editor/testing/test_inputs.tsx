/** The inputs of a test, in a form made from the inputs' schema. */

import { useEffect, useState } from "preact/hooks";
import { Refused, Unreachable } from "../api";
import type { Shape } from "../contract";
import { type Json, isObject } from "../json";
import { ObjectField } from "../panel/form/object_field";
import { ANYTHING } from "../panel/form/shapes";
import { Expressions, ValueField } from "../panel/form/value_field";
import { t } from "../texts";
import { useStore } from "../using";

const FREE: Shape = { ...ANYTHING, rule: { type: "object" } };

export function TestInputs({ schema, value, onChange }: { schema: Json | undefined; value: Json; onChange(value: Json): void }) {
  const { api } = useStore();
  const [shape, setShape] = useState<Shape | undefined>(schema === undefined ? FREE : undefined);
  useEffect(() => {
    let here = true;
    if (schema === undefined) return undefined;
    api.shape(schema).then(({ shape: found }) => { if (here) setShape(found); }, (trouble: unknown) => {
      if (!(trouble instanceof Refused || trouble instanceof Unreachable)) throw trouble;
      // What cannot be made a form of is filled in member by member.
      if (here) setShape(FREE);
    });
    return () => { here = false; };
  }, [api, schema]);
  if (!shape) return <p class="hint" role="status">{t("loading")}</p>;
  if (shape.kind === "object" && Object.keys(shape.fields ?? {}).length === 0 && isObject(value) && Object.keys(value).length === 0) return <p class="hint">{t("test.no_inputs")}</p>;
  const change = (made: Json | undefined) => onChange(made ?? {});
  return (
    <Expressions.Provider value={false}>
      <fieldset class="test-inputs">
        <legend class="label">{t("test.inputs")}</legend>
        {shape.kind === "object" ? <ObjectField root shape={shape} pointer="test:" label="" needed value={value} onChange={change} />
          : <ValueField shape={{ ...shape, title: " " }} pointer="test:" label={t("test.inputs")} needed value={value} onChange={change} />}
      </fieldset>
    </Expressions.Provider>
  );
}
