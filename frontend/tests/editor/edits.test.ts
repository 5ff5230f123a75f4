import assert from "node:assert/strict";
import { test } from "node:test";
import * as edits from "../../src/editor/edits";
import { type Json, formatJson, parseJson } from "../../src/editor/json";
import { at } from "../../src/editor/pointer";

const REPORT: Json = {
  name: "report",
  steps: [
    { id: "pages", uses: "ga/pagination@1", with: { property: "{{ inputs.property }}" } },
    { id: "each", foreach: "{{ steps.pages.output.pages }}", steps: [
      { id: "fetch", uses: "ga/records@1", with: { query: "{{ steps.pages.output.query }}", offset: "{{ item.offset }}" } },
      { id: "keep", uses: "core/set@1", with: { rows: "{{ steps.fetch.output.rows }}" } },
    ] },
    { id: "any", cases: [{ if: "{{ steps.each.output }}", steps: [{ id: "sum", uses: "core/flatten@1" }] }], else: [{ id: "none", wait: "1s" }] },
    { id: "both", branches: { left: [{ id: "l", wait: "1s" }], right: [{ id: "r", wait: "1s" }] }, on_error: [{ id: "tell", uses: "core/log@1" }] },
  ],
  output: "{{ steps.any.output }}",
};
const ids = (document: Json) => edits.everyStep(document).map(({ step }) => step["id"]);

test("a step is put into every kind of list, also one that is not there yet", () => {
  const step = { id: "new", wait: "1s" };
  for (const list of ["/steps", "/steps/1/steps", "/steps/2/cases/0/steps", "/steps/2/else", "/steps/3/branches/left", "/steps/3/on_error", "/steps/0/on_error"]) {
    const { document, selected } = edits.insert(REPORT, { list, at: 0 }, [step]);
    assert.equal(selected, `${list}/0`);
    assert.deepEqual(at(document, selected), step);
    assert.equal(ids(document).length, ids(REPORT).length + 1);
  }
});

test("a bare list stays a bare list", () => {
  const { document, selected } = edits.insertNew([{ id: "a", wait: "1s" }], { list: "", at: 1 }, "wait", "?");
  assert.deepEqual(document, [{ id: "a", wait: "1s" }, { id: "wait", wait: "1m" }]);
  assert.equal(selected, "/1");
});

test("a document without steps gets its first one", () => {
  assert.deepEqual(edits.insertNew({ name: "x" }, { list: "/steps", at: 0 }, "group", "?").document, { name: "x", steps: [{ id: "group", steps: [] }] });
  assert.deepEqual(edits.insertNew([], { list: "", at: 0 }, "wait", "?").document, [{ id: "wait", wait: "1m" }]);
});

test("what is picked is called with an id that says what it is", () => {
  const offer = { uses: "ga/page-list@3", name: "page-list", title: "List of pages", description: "", origin: "project", kind: "service", project: "ga", publisher: "", tags: [], returns: "", version: "3" } as const;
  const first = edits.insertNew([], { list: "", at: 0 }, { ...offer, tags: [] }, "?").document;
  assert.deepEqual(first, [{ id: "page_list", name: "List of pages", uses: "ga/page-list@3", with: {} }]);
  assert.deepEqual(ids(edits.insertNew(first, { list: "", at: 1 }, { ...offer, tags: [] }, "?").document), ["page_list", "page_list_2"]);
});

test("removing looks at the next step, and takes an else or a handler away with its last", () => {
  assert.equal(edits.remove(REPORT, "/steps/1/steps/0").selected, "/steps/1/steps/0");
  assert.equal(edits.remove(REPORT, "/steps/3").selected, "/steps/2");
  assert.equal(at(edits.remove(REPORT, "/steps/2/else/0").document, "/steps/2/else"), undefined);
  assert.equal(at(edits.remove(REPORT, "/steps/3/on_error/0").document, "/steps/3/on_error"), undefined);
  assert.deepEqual(at(edits.remove(REPORT, "/steps/3/branches/left/0").document, "/steps/3/branches/left"), []);
  assert.equal(edits.remove(REPORT, "/steps/2/else/0").selected, "/steps/2");
});

test("a step moves within its list and into others, whatever that does to the places behind it", () => {
  assert.deepEqual(ids(edits.move(REPORT, "/steps/0", { list: "/steps", at: 4 }).document).at(-1), "pages");
  assert.equal(edits.move(REPORT, "/steps/0", { list: "/steps", at: 4 }).selected, "/steps/3");
  const inside = edits.move(REPORT, "/steps/0", { list: "/steps/1/steps", at: 1 });
  assert.equal(inside.selected, "/steps/0/steps/1");
  assert.equal((at(inside.document, inside.selected) as { id: string }).id, "pages");
  const out = edits.move(REPORT, "/steps/2/else/0", { list: "/steps", at: 2 });
  assert.equal((at(out.document, "/steps/2") as { id: string }).id, "none");
  assert.equal(at(out.document, "/steps/3/else"), undefined);
});

test("a step never moves into itself, and not where it is", () => {
  for (const place of [{ list: "/steps/1/steps", at: 0 }, { list: "/steps", at: 1 }, { list: "/steps", at: 2 }]) {
    assert.equal(edits.move(REPORT, "/steps/1", place).document, REPORT);
  }
});

test("steps move by keys: up and down, over to the next arm, in and out", () => {
  assert.equal(edits.moveBy(REPORT, "/steps/1", -1).selected, "/steps/0");
  assert.equal(edits.moveBy(REPORT, "/steps/0", -1).document, REPORT);
  assert.equal(edits.moveBy(REPORT, "/steps/2/cases/0/steps/0", 1).selected, "/steps/2/else/0");
  assert.equal(edits.moveBy(REPORT, "/steps/3/branches/right/0", -1).selected, "/steps/3/branches/left/1");
  assert.equal(edits.moveIn(REPORT, "/steps/2").selected, "/steps/1/steps/2");
  assert.equal(edits.moveIn(REPORT, "/steps/0").selected, "/steps/0/steps/0");
  assert.equal(edits.moveOut(REPORT, "/steps/1/steps/0").selected, "/steps/2");
  assert.equal(edits.moveOut(REPORT, "/steps/0").document, REPORT);
});

test("a copy has ids of its own, and what it says of itself follows", () => {
  const { document, selected } = edits.duplicate(REPORT, "/steps/1");
  assert.equal(selected, "/steps/2");
  assert.deepEqual(at(document, selected), { id: "each_2", foreach: "{{ steps.pages.output.pages }}", steps: [
    { id: "fetch_2", uses: "ga/records@1", with: { query: "{{ steps.pages.output.query }}", offset: "{{ item.offset }}" } },
    { id: "keep_2", uses: "core/set@1", with: { rows: "{{ steps.fetch_2.output.rows }}" } },
  ] });
});

test("a copy of steps that are called nearly the same still has an id for each", () => {
  const group: Json = { id: "g", steps: [{ id: "a", wait: "1s" }, { id: "a_2", uses: "x@1", with: { before: "{{ steps.a.output }}" } }] };
  const copy = at(edits.duplicate([group], "/0").document, "/1");
  assert.deepEqual(copy, { id: "g_2", steps: [{ id: "a_3", wait: "1s" }, { id: "a_4", uses: "x@1", with: { before: "{{ steps.a_3.output }}" } }] });
});

test("steps are pasted into another workflow, and only ids that are taken change", () => {
  const text = edits.copied(REPORT, "/steps/1");
  const pasted = edits.paste([{ id: "fetch", wait: "1s" }], { list: "", at: 1 }, text)!;
  assert.deepEqual(ids(pasted.document), ["fetch", "each", "fetch_2", "keep"]);
  assert.equal(at(pasted.document, "/1/steps/1/with/rows"), "{{ steps.fetch_2.output.rows }}");
  assert.equal(ids(edits.paste([], { list: "", at: 0 }, formatJson(REPORT))!.document).length, ids(REPORT).length);
  for (const nothing of ["", "hello", "[]", "[1]", "{}", '[{"a": 1}]']) assert.equal(edits.paste([], { list: "", at: 0 }, nothing), undefined);
});

test("ids keep to their length", () => {
  const long = "a".repeat(64);
  const id = edits.freshId(long, new Set([long]));
  assert.equal(id, `${"a".repeat(62)}_2`);
  assert.equal(edits.idFrom("Études: três!"), "etudes_tres");
  assert.equal(edits.idFrom("42"), "step_42");
  assert.match(edits.idFrom("漢字"), edits.ID);
});

test("another id follows into every expression, and nowhere else", () => {
  const { document } = edits.renameId(REPORT, "/steps/0", "list");
  assert.equal(at(document, "/steps/1/foreach"), "{{ steps.list.output.pages }}");
  assert.equal(at(document, "/steps/1/steps/0/with/query"), "{{ steps.list.output.query }}");
  assert.equal(at(edits.renameId(REPORT, "/steps/2", "which").document, "/output"), "{{ steps.which.output }}");
  for (const wrong of ["each", "Big", "", "pages"]) assert.equal(edits.renameId(REPORT, "/steps/0", wrong).document, REPORT);
});

test("only whole names in expressions are ids", () => {
  const turn = (id: string) => (id === "a" ? "b" : id);
  for (const [before, after] of [
    ["{{ steps.a.output }}", "{{ steps.b.output }}"],
    ["{{ steps.ab.output }} {{ steps.a_.output }}", "{{ steps.ab.output }} {{ steps.a_.output }}"],
    ["{{ inputs.steps.a }} {{ mysteps.a }}", "{{ inputs.steps.a }} {{ mysteps.a }}"],
    ["steps.a {{ 'steps.a' ~ \"steps.a }}\" ~ steps.a }} steps.a", "steps.a {{ 'steps.a' ~ \"steps.a }}\" ~ steps.b }} steps.a"],
    ["{{ steps . a .output }}{{ steps['a'].output }}{{ steps[\"a\"] }}", "{{ steps . b .output }}{{ steps['b'].output }}{{ steps[\"b\"] }}"],
    ["{{ {'k': {'m': steps.a.output}} }} {{ [steps.a.x, steps.a] }}", "{{ {'k': {'m': steps.b.output}} }} {{ [steps.b.x, steps.b] }}"],
    ["{{ steps.a", "{{ steps.b"],
    ["{{ 'it\\'s steps.a' ~ steps.a }}", "{{ 'it\\'s steps.a' ~ steps.b }}"],
    ["plain", "plain"],
  ] as const) assert.equal(edits.turnedText(before, turn), after);
});

test("wrapping puts a step into another, what was said of it is said of that, and unwrapping undoes it", () => {
  for (const kind of edits.WRAPPINGS) {
    const { document, selected } = edits.wrap(REPORT, "/steps/2", kind);
    assert.equal(selected, "/steps/2");
    assert.deepEqual(edits.everyStep(document).map(({ step }) => step["id"]).sort(), [...ids(REPORT), kind === "foreach" ? "each_2" : kind].sort());
    assert.deepEqual(edits.unwrap(document, "/steps/2").document, REPORT);
  }
  assert.equal(at(edits.wrap(REPORT, "/steps/2", "group").document, "/output"), "{{ steps.group.output }}");
});

test("unwrapping keeps the order of what was inside, and a condition where one step remains", () => {
  assert.deepEqual(ids(edits.unwrap(REPORT, "/steps/1").document).slice(0, 3), ["pages", "fetch", "keep"]);
  assert.deepEqual(edits.unwrap([{ id: "g", if: "{{ inputs.x }}", steps: [{ id: "a", wait: "1s" }] }], "/0").document, [{ id: "a", wait: "1s", if: "{{ inputs.x }}" }]);
  assert.deepEqual(edits.unwrap([{ id: "g", steps: [] }], "/0").document, []);
  assert.equal(edits.unwrap(REPORT, "/steps/0").document, REPORT);
});

test("a step becomes another kind and keeps what that may have", () => {
  const call = { id: "a", name: "A", uses: "x@1", with: {}, timeout: "1m", retry: { attempts: 2 }, if: true };
  assert.deepEqual(edits.changeKind([call], "/0", "wait", "?").document, [{ id: "a", name: "A", wait: "1m", if: true }]);
  assert.deepEqual(edits.changeKind([call], "/0", "approval", "Go on?").document, [{ id: "a", name: "A", approval: { title: "Go on?" }, timeout: "1m", if: true }]);
  const both = edits.changeKind(REPORT, "/steps/2", "parallel", "?").document;
  assert.deepEqual(Object.keys(at(both, "/steps/2/branches") as object), ["first", "otherwise"]);
  assert.deepEqual(edits.changeKind(both, "/steps/2", "group", "?").document, edits.changeKind(REPORT, "/steps/2", "group", "?").document);
  const group = edits.changeKind(REPORT, "/steps/1", "group", "?").document;
  assert.equal(at(group, "/steps/1/foreach"), undefined);
  assert.deepEqual(edits.changeKind(REPORT, "/steps/1", "choice", "?").document, edits.changeKind(group, "/steps/1", "choice", "?").document);
});

test("branches and cases come, go, and change their names and places", () => {
  assert.deepEqual(Object.keys(at(edits.addBranch(REPORT, "/steps/3", "left").document, "/steps/3/branches") as object), ["left", "right", "left_2"]);
  assert.deepEqual(Object.keys(at(edits.renameBranch(REPORT, "/steps/3/branches/left", "west").document, "/steps/3/branches") as object), ["west", "right"]);
  assert.equal(edits.renameBranch(REPORT, "/steps/3/branches/left", "right").document, REPORT);
  const cases = edits.addCase(REPORT, "/steps/2").document;
  assert.deepEqual(at(cases, "/steps/2/cases/1"), { if: "", steps: [] });
  assert.deepEqual(at(edits.moveCase(cases, "/steps/2/cases/1/steps", -1).document, "/steps/2/cases/0"), { if: "", steps: [] });
  assert.deepEqual(edits.removeArm(cases, "/steps/2/cases/1/steps").document, REPORT);
  assert.equal(edits.removeArm(REPORT, "/steps/2/cases/0/steps").document, REPORT);
  assert.equal(at(edits.removeArm(REPORT, "/steps/2/else").document, "/steps/2/else"), undefined);
  assert.deepEqual(at(edits.addHandler(REPORT, "/steps/0").document, "/steps/0/on_error"), []);
  assert.deepEqual(at(edits.addElse(edits.removeArm(REPORT, "/steps/2/else").document, "/steps/2").document, "/steps/2/else"), []);
});

test("a pointer to anything leads to the step around it", () => {
  assert.equal(edits.stepAround(REPORT, "/steps/1/steps/0/with/query"), "/steps/1/steps/0");
  assert.equal(edits.stepAround(REPORT, "/steps/2/cases/0/if"), "/steps/2");
  assert.equal(edits.stepAround(REPORT, "/inputs"), "");
  assert.equal(edits.ownerOf("/0/branches/steps"), "/0");
  assert.equal(edits.ownerOf("/steps"), "");
});

test("numbers keep their text, and names that mean something to JavaScript stay names", () => {
  const text = '[\n  {\n    "id": "a",\n    "uses": "x@1",\n    "with": {\n      "n": 1.0,\n      "m": 123456789012345678901234567890,\n      "__proto__": 1\n    }\n  }\n]\n';
  const document = parseJson(text);
  assert.equal(formatJson(document), text);
  assert.match(formatJson(edits.duplicate(document, "/0").document), /"n": 1\.0,[^]*"n": 1\.0,[^]*"__proto__"/u);
});
