/** Places in the text, by pointer, and what the schema says of them. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CompletionContext } from "@codemirror/autocomplete";
import { json } from "@codemirror/lang-json";
import { ensureSyntaxTree, syntaxTree } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { completing } from "../../src/editor/json_tab/completing";
import { offsetAt, pointerOf, rangeOf } from "../../src/editor/json_tab/places";
import { namesOf, rulesAt, valuesOf } from "../../src/editor/json_tab/schema_places";
import { type Json, formatJson, parseJson } from "../../src/editor/json";
import { tokens } from "../../src/editor/pointer";
import type { Store } from "../../src/editor/store";

// Texts come from the page.
Object.assign(globalThis, { document: { getElementById: () => null } });

function stateOf(doc: string): EditorState {
  const state = EditorState.create({ doc, extensions: [json()] });
  ensureSyntaxTree(state, doc.length, 5_000);
  return state;
}

const TEXT = '{"steps": [{"id": "a"}, {"id": "b", "with": {"x/y": [1, {"z~": true}]}}]}';

test("a place in the text has a pointer, and the pointer leads back", () => {
  const state = stateOf(TEXT);
  const at = TEXT.indexOf("true");
  const pointer = pointerOf(state, syntaxTree(state).resolveInner(at + 1, -1));
  assert.equal(pointer, "/steps/1/with/x~1y/1/z~0");
  const range = rangeOf(state, pointer);
  assert.equal(TEXT.slice(range?.from, range?.to), '"z~": true');
  assert.equal(TEXT.slice(rangeOf(state, "/steps/0")?.from, rangeOf(state, "/steps/0")?.to), '{"id": "a"}');
  assert.equal(rangeOf(state, "/steps/7/with"), undefined);
});

test("columns count characters, not halves of them", () => {
  const state = stateOf('["🎉🎉", x]');
  assert.equal(state.sliceDoc(offsetAt(state, 1, 8), offsetAt(state, 1, 8) + 1), "x");
  assert.equal(offsetAt(state, 99, 99), state.doc.length);
});

const SCHEMA: Json = parseJson(readFileSync("../docs/workflow.schema.json", "utf8"));
const names = (pointer: string) => namesOf(SCHEMA, rulesAt(SCHEMA, tokens(pointer))).map((one) => one.name);

test("the published schema tells the keys of every place", () => {
  assert.ok(names("").includes("inputs"));
  for (const pointer of ["/0", "/steps/3", "/steps/0/branches/left/2", "/steps/0/cases/1/steps/0", "/steps/0/on_error/0"]) assert.ok(names(pointer).includes("uses"), pointer);
  assert.deepEqual(names("/steps/0/retry"), ["attempts", "delay", "backoff", "max_delay", "jitter"]);
  assert.deepEqual(names("/steps/0/cases/0"), ["if", "steps"]);
  assert.deepEqual(names("/steps/0/wait"), ["until"]);
});

test("and the values that are known", () => {
  assert.deepEqual(valuesOf(rulesAt(SCHEMA, ["steps", "0", "join"])).sort(), ["all", "any", "settled"]);
  assert.ok(valuesOf(rulesAt(SCHEMA, ["steps", "0", "timeout"])).includes("30s"));
  assert.ok(valuesOf(rulesAt(SCHEMA, ["steps", "0", "on_error"])).includes("continue"));
});

/** What is offered where `|` stands in a text. */
async function offered(marked: string, explicit = false): Promise<string[]> {
  const pos = marked.indexOf("|");
  const state = stateOf(marked.replace("|", ""));
  Object.assign(globalThis, { fetch: async () => new Response(formatJson(SCHEMA)) });
  const start = { schema_url: "/schema", filters: [] };
  const store = { start, api: {}, state: { document: { vars: { base: 1 }, steps: [] }, run: undefined, index: 0, pins: {} } } as unknown as Store;
  const found = await completing(store)(new CompletionContext(state, pos, explicit));
  return (found?.options ?? []).filter((one) => one.label.startsWith(state.sliceDoc(found!.from, pos))).map((one) => one.label);
}

test("keys are offered while they are written, those that are there not again", async () => {
  assert.deepEqual(await offered('{"schema": "tropeiro/v1",\n"ti|"\n"name": "x", "steps": []}'), ['"timeout"']);
  assert.deepEqual(await offered('{"steps": [{"id": "a", "wa|"}]}'), ['"wait"']);
  assert.deepEqual(await offered('{"steps": [{"id": "a", "retry": {"attempts": 2, "|"}}]}'), ['"delay"', '"backoff"', '"max_delay"', '"jitter"']);
  assert.deepEqual(await offered('{"name": "x", |}'), []);
  assert.ok((await offered('{"name": "x", |}', true)).includes('"vars"'));
});

test("values that are known are offered, and names in expressions", async () => {
  assert.deepEqual(await offered('{"steps": [{"id": "a", "branches": {}, "join": "s|"}]}'), ['"settled"']);
  assert.deepEqual(await offered('{"steps": [{"id": "a", "wait": "1s", "if": "{{ vars.ba|"}]}'), ["base"]);
});
