/** Documents for tests: any valid one, of every kind of step, in both forms. */

import fc from "fast-check";
import type { Json, JsonObject } from "../../src/editor/json";
import { everyStep } from "../../src/editor/edits";
import { changed } from "../../src/editor/pointer";

export const HOSTILE = [
  '"quoted" [brackets] {curly}', "<img src=x onerror=alert(1)>", "$$x^2$$", "a\u202eb\u2066c", "👩‍👩‍👧‍👦 🎉", "end", "#35; &lt;b&gt;", "; graph TD; A-->B",
  "%%{init: {}}%%", "__proto__", "constructor", "click s0 call alert()", "back\\nslash \\", "漢字 العربية",
];

const words = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }));
const value: fc.Arbitrary<Json> = fc.oneof(
  words, fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer(), { maxLength: 3 }),
  fc.dictionary(fc.constantFrom("a", "b/c", "d~e", "__proto__", "steps", "id"), words, { maxKeys: 3 }) as fc.Arbitrary<Json>,
);
const optional = fc.record({
  name: words, if: fc.constantFrom("{{ inputs.go }}", true), output: value, labels: fc.constant({ team: "data" }),
}, { requiredKeys: [] });

const { list } = fc.letrec<{ list: Json[]; step: Json }>((tie) => {
  const inner = tie("list") as fc.Arbitrary<Json>;
  const step = (essence: fc.Arbitrary<Json>) => fc.tuple(optional, essence, fc.option(fc.oneof(fc.constantFrom("fail", "continue"), inner), { nil: undefined, freq: 4 }))
    .map(([more, made, handler]) => ({ id: "", ...more, ...(made as JsonObject), ...(handler === undefined ? {} : { on_error: handler }) }) as Json);
  const leaf = step(fc.oneof(
    fc.record({ uses: fc.constantFrom("core/set@1", "a/b/c@2", "report"), with: value }), fc.record({ uses: fc.constant("x/y@1"), foreach: fc.constant("{{ inputs.list }}") }),
    fc.constantFrom<Json>({ wait: "10s" }, { wait: { until: "{{ inputs.when }}" } }, { approval: { title: "Go on?" } }),
  ));
  const nested = step(fc.oneof(
    inner.map((steps) => ({ steps })), inner.map((steps) => ({ foreach: [1, 2], concurrency: 2, steps })),
    fc.array(inner, { minLength: 1, maxLength: 3 }).map((lists) => ({ branches: Object.fromEntries(lists.map((one, place) => [["left", "right", "steps"][place]!, one])) })),
    fc.tuple(fc.array(fc.record({ if: words, steps: inner }), { minLength: 1, maxLength: 3 }), fc.option(inner, { nil: undefined }))
      .map(([cases, otherwise]) => ({ cases, ...(otherwise ? { else: otherwise } : {}) }) as Json),
  ));
  return {
    step: fc.oneof({ maxDepth: 3, depthSize: "small" }, { weight: 3, arbitrary: leaf }, { weight: 2, arbitrary: nested }),
    list: fc.array(tie("step"), { minLength: 1, maxLength: 4 }) as fc.Arbitrary<Json[]>,
  };
});

/** Any valid document: ids are unique, and each step may name the one that is written before it. */
export const documents: fc.Arbitrary<Json> = fc.tuple(list, fc.boolean(), words).map(([steps, bare, name]) => {
  const document: Json = bare ? steps : { schema: "tropeiro/v1", name, inputs: { type: "object" }, steps, output: { last: "{{ steps.s0.output }}" } };
  return everyStep(document).reduce<Json>((made, { pointer, step }, place) => {
    const named = changed(made, `${pointer}/id`, () => `s${place}`);
    const text = `{{ steps.s${place - 1}.output ~ "steps.s0" }} and steps.s0`;
    return place > 0 && "with" in step ? changed(named, `${pointer}/with`, () => ({ before: text })) : named;
  }, document);
});
