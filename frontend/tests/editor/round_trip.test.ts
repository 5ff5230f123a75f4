/** Whatever the document: list, JSON text and mermaid text say the same, edits keep it whole, and undo brings every text back. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { innerLists, kindOf } from "../../src/flow/document";
import { toMermaid } from "../../src/flow/mermaid_text";
import type { Api } from "../../src/editor/api";
import type { Start } from "../../src/editor/contract";
import * as edits from "../../src/editor/edits";
import { type Json, formatJson, isObject, parseJson, same } from "../../src/editor/json";
import { rowsOf } from "../../src/editor/list/rows";
import { at } from "../../src/editor/pointer";
import { Store } from "../../src/editor/store";
import { HOSTILE, documents } from "./documents";

const NONE: ReadonlySet<string> = new Set();

function storeOf(document: Json): Store {
  const draft = { text: formatJson(document), revision: 1, base: 1, newest: 1, changed_by: "", changed_at: null, same: true, problems: [] };
  const start = { draft, can: { save: true, run: true } } as unknown as Start;
  let revision = 1;
  const api = { save: () => Promise.resolve({ revision: ++revision, saved_at: "", problems: [] }) } as unknown as Api;
  return new Store(start, api);
}

/** The document once more, put together from nothing but its rows and what each step says for itself. */
function fromRows(document: Json): Json {
  const steps = rowsOf(document, NONE).filter((row) => row.type === "step");
  const list = (pointer: string): Json[] => steps.filter((row) => row.list === pointer).sort((one, other) => one.at - other.at)
    .map((row) => innerLists(at(document, row.key) as Record<string, unknown>, row.key).reduce<Json>((made, inner) => (
      replaceList(made, inner.pointer.slice(row.key.length), list(inner.pointer))
    ), at(document, row.key)!));
  const root = edits.rootList(document);
  return root === "" ? list("") : { ...(document as object), steps: list(root) };
}

function replaceList(step: Json, pointer: string, steps: Json[]): Json {
  const [first = "", ...rest] = pointer.slice(1).split("/");
  if (Array.isArray(step)) return step.map((one: Json, place) => (String(place) === first ? replaceList(one, `/${rest.join("/")}`, steps) : one));
  if (!isObject(step)) return step;
  return Object.fromEntries(Object.entries(step).map(([key, value]) => [key, key !== first ? value : rest.length === 0 ? steps : replaceList(value, `/${rest.join("/")}`, steps)]));
}

test("a document goes through list and text and comes back as it was", () => {
  fc.assert(fc.property(documents, (document) => {
    assert.ok(same(parseJson(formatJson(document)), document));
    assert.equal(formatJson(parseJson(formatJson(document))), formatJson(document));
    const steps = edits.everyStep(document).map(({ pointer }) => pointer);
    assert.deepEqual(rowsOf(document, NONE).filter((row) => row.type === "step").map((row) => row.key), steps);
    assert.ok(same(fromRows(document), document));
  }));
});

test("every step stands exactly once in the mermaid text, by the id that leads back to it", () => {
  fc.assert(fc.property(documents, (document) => {
    const flow = toMermaid(document, { closed: NONE });
    const steps = edits.everyStep(document);
    assert.deepEqual([...flow.nodes.keys()].sort(), steps.map(({ pointer }) => pointer).sort());
    assert.equal(flow.pointers.size, steps.length);
    const lines = flow.text.split("\n");
    for (const { pointer, step } of steps) {
      const id = flow.nodes.get(pointer)!;
      assert.equal(flow.pointers.get(id), pointer);
      const defined = lines.filter((line) => line.startsWith(`subgraph ${id}[`) || (line.startsWith(id) && /^[[({/]/u.test(line.slice(id.length))));
      assert.equal(defined.length, 1, `${pointer} as a ${kindOf(step)}`);
    }
    assert.equal(new Set(flow.edges.map((edge) => edge.id)).size, flow.edges.length);
  }));
});

test("a step that is put on an edge stands on that way afterwards", () => {
  fc.assert(fc.property(documents, (document) => {
    for (const edge of toMermaid(document, { closed: NONE }).edges) {
      const put = edits.insertNew(document, { list: edge.list, at: edge.at }, "wait", "?");
      const after = toMermaid(put.document, { closed: NONE });
      const made = after.nodes.get(put.selected)!;
      assert.equal((at(put.document, put.selected) as { wait: string }).wait, "1m");
      assert.ok(after.edges.some((one) => one.from === edge.from && one.to === made), `${edge.from} → the new step at ${put.selected}`);
    }
  }), { numRuns: 60 });
});

test("texts of people never get out of their labels", () => {
  fc.assert(fc.property(documents, (document) => {
    for (const line of toMermaid(document, { closed: NONE }).text.split("\n")) {
      for (const [, inside] of line.matchAll(/"([^"]*)"/gu)) assert.doesNotMatch(inside!.replace("<br/>", ""), /[<>[\]{}()"`;&%](?<!#\d+;)|\$\$|[\u202a-\u202e\u2066-\u2069]/u);
      assert.equal((line.match(/"/gu) ?? []).length % 2, 0);
    }
  }));
  assert.ok(HOSTILE.length > 10);
});

/** Some edit, chosen by three numbers. */
function edited(document: Json, [kind, first, second]: readonly [number, number, number]): edits.Edited {
  const steps = edits.everyStep(document).map(({ pointer }) => pointer);
  const pick = (number: number) => steps[number % Math.max(1, steps.length)] ?? "";
  const one = pick(first);
  const lists = [edits.rootList(document), ...steps.flatMap((pointer) => innerLists(edits.stepAt(document, pointer)!, pointer).map((inner) => inner.pointer))];
  const list = lists[second % lists.length]!;
  const place = { list, at: first % (edits.listAt(document, list).length + 1) };
  const ways: (() => edits.Edited)[] = [
    () => edits.insertNew(document, place, edits.NEW_KINDS[first % edits.NEW_KINDS.length]!, "Go on?"),
    () => edits.remove(document, one), () => edits.move(document, one, place), () => edits.duplicate(document, one),
    () => edits.moveBy(document, one, 1), () => edits.moveBy(document, one, -1), () => edits.moveIn(document, one), () => edits.moveOut(document, one),
    () => edits.wrap(document, one, edits.WRAPPINGS[second % 4]!), () => edits.unwrap(document, one),
    () => edits.changeKind(document, one, edits.NEW_KINDS[second % edits.NEW_KINDS.length]!, "Go on?"),
    () => edits.renameId(document, one, `renamed_${second % 7}`),
    () => edits.paste(document, place, edits.copied(document, one)) ?? { document, selected: "" },
    () => (kindOf(edits.stepAt(document, one) ?? {}) === "parallel" ? edits.addBranch(document, one) : edits.addHandler(document, one)),
    () => edits.removeArm(document, list),
  ];
  return steps.length === 0 ? ways[0]!() : ways[kind % ways.length]!();
}

/** What holds of every document, however much is still to be filled in. */
function assertWellFormed(document: Json): void {
  const steps = edits.everyStep(document);
  const ids = steps.map(({ step }) => step["id"]);
  assert.equal(new Set(ids).size, ids.length, "ids are unique");
  for (const { step, pointer } of steps) {
    assert.match(String(step["id"]), edits.ID);
    assert.equal(["uses", "steps", "branches", "cases", "wait", "approval"].filter((key) => key in step).length, 1, `${pointer} is one thing`);
    assert.equal(edits.stepAround(document, `${pointer}/id`), pointer);
    assert.ok(edits.listAt(document, edits.placeOf(pointer).list)[edits.placeOf(pointer).at] !== undefined);
  }
}

test("however one edits, the document stays whole, and undo brings every former text back exactly", () => {
  const moves = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(documents, moves, (document, chosen) => {
    const store = storeOf(document);
    const texts = [store.state.text];
    for (const numbers of chosen) {
      let wanted = "";
      store.change((before) => { const made = edited(before, numbers); wanted = made.selected; return made; });
      assertWellFormed(store.state.document);
      assert.ok(wanted === "" || edits.stepAt(store.state.document, wanted), "what is looked at is there");
      assert.ok(same(parseJson(store.state.text), store.state.document));
      if (store.state.text !== texts.at(-1)) texts.push(store.state.text);
    }
    for (const text of texts.slice(0, -1).reverse()) { store.undo(); assert.equal(store.state.text, text); }
    assert.equal(store.state.canUndo, false);
    for (const text of texts.slice(1)) { store.redo(); assert.equal(store.state.text, text); }
    assert.equal(store.state.canRedo, false);
    store.stop();
  }), { numRuns: 60 });
});

test("a step that only moves is the same step, and no other is lost", () => {
  fc.assert(fc.property(documents, fc.nat(), fc.nat(), (document, which, where) => {
    const steps = edits.everyStep(document);
    const { pointer, step } = steps[which % steps.length]!;
    const lists = [edits.rootList(document), ...steps.flatMap((one) => innerLists(one.step, one.pointer).map((inner) => inner.pointer))];
    const list = lists[where % lists.length]!;
    const moved = edits.move(document, pointer, { list, at: where % (edits.listAt(document, list).length + 1) });
    assert.equal(edits.stepAt(moved.document, moved.selected), step);
    assert.deepEqual(edits.everyStep(moved.document).map((one) => one.step["id"]).sort(), steps.map((one) => one.step["id"]).sort());
  }));
});
