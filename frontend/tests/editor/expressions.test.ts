/** What an expression can see, what is offered to be written next, and what a path names. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run, Service } from "../../src/editor/contract";
import type { Json } from "../../src/editor/json";
import { complete, inserted } from "../../src/editor/panel/expression/completion";
import { find, innerOf, rootsOf } from "../../src/editor/panel/expression/data";
import { visibleFrom } from "../../src/editor/panel/expression/visible";

// Texts come from the page.
Object.assign(globalThis, { document: { getElementById: () => null } });

const DOCUMENT: Json = {
  inputs: { type: "object", properties: { day: { type: "string", title: "Day" }, deep: { $ref: "#/$defs/deep" } }, $defs: { deep: { type: "object", properties: { inner: { type: "integer" } } } } },
  vars: { base: "x" },
  steps: [
    { id: "first", name: "The first", uses: "p/first@1" },
    { id: "each", foreach: "{{ steps.first.output.rows }}", steps: [{ id: "in1", uses: "p/first@1" }, { id: "in2", uses: "core/set@1", with: {} }] },
    { id: "arms", branches: { left: [{ id: "l1", wait: "1s" }, { id: "l2", wait: "1s" }], "right/side": [{ id: "r1", wait: "1s" }] }, output: "", on_error: [{ id: "h1", wait: "1s" }] },
    { id: "pick", cases: [{ if: "", steps: [{ id: "c1", wait: "1s" }, { id: "c2", wait: "1s" }] }], else: [{ id: "e1", wait: "1s" }] },
    { id: "calls", foreach: [1, 2], uses: "core/set@1", with: { x: "" }, if: "" },
  ],
  output: "",
};

const seen = (pointer: string) => visibleFrom(DOCUMENT, pointer).steps.map((one) => `${one.id}${one.own ? "*" : ""}`);
const foreach = (pointer: string) => visibleFrom(DOCUMENT, pointer).foreach;

test("a step sees the steps before it in its own list and before each step around it", () => {
  assert.deepEqual(seen("/steps/0/with"), []);
  assert.deepEqual(seen("/steps/1/steps/1/with/a"), ["first", "in1"]);
  assert.deepEqual(seen("/steps/2/branches/right~1side/0/wait"), ["first", "each"]);
  assert.deepEqual(seen("/steps/2/branches/left/1/wait"), ["first", "each", "l1"]);
  assert.deepEqual(seen("/steps/3/cases/0/steps/1/wait"), ["first", "each", "arms", "c1"]);
  assert.deepEqual(seen("/steps/3/cases/0/if"), ["first", "each", "arms"]);
  assert.deepEqual(seen("/steps/3/else/0/wait"), ["first", "each", "arms"]);
});

test("the document's output sees the outermost steps, a step's output its own result, a handler the failure", () => {
  assert.deepEqual(seen("/output/rows"), ["first", "each", "arms", "pick", "calls"]);
  assert.deepEqual(seen("/steps/2/output"), ["first", "each", "arms*"]);
  assert.deepEqual(seen("/steps/2/on_error/0/wait"), ["first", "each", "arms"]);
  assert.deepEqual(visibleFrom(DOCUMENT, "/steps/2/on_error/0/wait").steps.at(-1)?.fields, ["error", "state"]);
  assert.deepEqual(visibleFrom(DOCUMENT, "/steps/2/output").steps.at(-1)?.fields, ["output"]);
});

test("an item is seen inside a foreach and in what belongs to each call, not in what belongs to the whole", () => {
  assert.equal(foreach("/steps/1/steps/0/with"), "/steps/1");
  assert.equal(foreach("/steps/4/with/x"), "/steps/4");
  for (const pointer of ["/steps/4/if", "/steps/4/foreach", "/steps/4/output", "/steps/1/foreach", "/steps/0/with", "/output"]) assert.equal(foreach(pointer), undefined, pointer);
});

test("a bare list of steps is seen like one in an object", () => {
  assert.deepEqual(visibleFrom([{ id: "a", wait: "1s" }, { id: "b", uses: "x/y" }], "/1/with/z").steps.map((one) => one.id), ["a"]);
});

const OUTPUT: Json = { type: "object", properties: { rows: { type: "array", items: { type: "object", properties: { page: { type: "integer" } } } }, "odd key": {} } };
const SERVICES = new Map([["p/first@1", { output: OUTPUT } as unknown as Service]]);
const RUN = { inputs: { day: "today" }, steps: [{ pointer: "/steps/0", id: "first", path: "first", output: { rows: [{ page: 7, extra: "seen" }, { page: 8 }] } }] } as unknown as Run;
const roots = (pointer: string, run: Run | undefined = undefined, index = 0) => rootsOf(visibleFrom(DOCUMENT, pointer), { document: DOCUMENT, services: SERVICES, run, index, pins: {} });
const FILTERS = [{ name: "map", signature: "map(key)", accepts: "list", summary: "" }, { name: "default", signature: "default(value=null)", accepts: "anything", summary: "" }];
const offered = (text: string, pointer = "/steps/3/cases/0/if", run: Run | undefined = undefined, bare = false) => (
  complete(text, text.length, bare, roots(pointer, run), FILTERS)?.suggestions.map((one) => one.insert) ?? []);

test("names come from schemas and from the values of a run", () => {
  assert.deepEqual(offered("{{ steps.first.output."), ["rows"]);
  assert.deepEqual(offered("{{ steps.first.output.rows[0]."), ["page"]);
  assert.deepEqual(offered("{{ steps.first.output.rows[0].", undefined, RUN).sort(), ["extra", "page"]);
  assert.deepEqual(offered("{{ inputs.deep."), ["inner"]);
  assert.deepEqual(offered("{{ steps.each.output[0]."), []);
});

test("an item is what the list is of, as the schema says and as the run had it", () => {
  assert.deepEqual(offered("{{ item.", "/steps/1/steps/0/with/a"), ["page"]);
  assert.equal(find(roots("/steps/1/steps/0/with/a", RUN, 1), "item.page")?.value, 8);
});

test("a pinned output counts before the run's", () => {
  const pinned = rootsOf(visibleFrom(DOCUMENT, "/steps/1/foreach"), { document: DOCUMENT, services: SERVICES, run: RUN, index: 0, pins: { first: { rows: [{ page: 99 }] } } });
  assert.equal(find(pinned, "steps.first.output.rows[0].page")?.value, 99);
});

test("behind a bar stand filters; in a text and outside of braces nothing is offered", () => {
  assert.deepEqual(offered("{{ inputs.day | "), ["map()", "default"]);
  assert.deepEqual(offered("{{ inputs.day | de"), ["default"]);
  assert.deepEqual(offered("{{ 'steps."), []);
  assert.deepEqual(offered("steps."), []);
  assert.deepEqual(offered("{{ a }} steps."), []);
  assert.deepEqual(offered("ste", undefined, undefined, true), ["steps"]);
});

test("what is picked gets braces where there are none", () => {
  assert.deepEqual(inserted("", 0, "inputs.day", false), { text: "{{ inputs.day }}", place: 16 });
  assert.deepEqual(inserted("Hi {{  }}", 6, "inputs.day", false), { text: "Hi {{ inputs.day }}", place: 16 });
  assert.deepEqual(inserted("", 0, "inputs.day", true), { text: "inputs.day", place: 10 });
});

test("a member with an odd name is read by its quotes", () => {
  const datum = find(roots("/steps/1/foreach"), "steps.first.output");
  assert.ok(datum);
  assert.deepEqual(innerOf(datum).map((one) => one.path), ["steps.first.output.rows", "steps.first.output['odd key']"]);
});
