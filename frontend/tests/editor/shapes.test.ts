/** Forms from shapes, and schemas from the builder. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Shape } from "../../src/editor/contract";
import { type JsonObject, formatJson, parseJson } from "../../src/editor/json";
import { ANYTHING, begun, fits, variantOf } from "../../src/editor/panel/form/shapes";
import { numberOf } from "../../src/editor/panel/fields/inputs";
import { isRequired, kindOfRule, membersOf, renamed, required, turned, withMember } from "../../src/editor/panel/schema_kinds";
import { inside, whole } from "../../src/editor/panel/values";

const shape = (kind: string, more: Partial<Shape> = {}): Shape => ({ ...ANYTHING, kind, ...more });
const object = (fields: Record<string, Shape>): Shape => shape("object", { fields });

test("a number keeps the text that it was written with", () => {
  for (const text of ["12345678901234567890", "1.0", "1e400", "-0.10", "7"]) assert.equal(formatJson(numberOf(text)!).trim(), text);
  assert.equal(numberOf("12a"), "12a");
  assert.equal(numberOf("  "), undefined);
});

test("of several shapes the one is taken that a value is most like", () => {
  const kinds = shape("variants", { variants: [
    { label: "form", shape: object({ kind: shape("fixed", { required: true, rule: { const: "form" } }), fields: shape("json") }) },
    { label: "file", shape: object({ kind: shape("fixed", { required: true, rule: { const: "file" } }), path: shape("text", { required: true }) }) },
    { label: "text", shape: shape("text") },
    { label: "count", shape: shape("integer") },
  ] });
  assert.equal(variantOf(kinds, { kind: "file", path: "x" }), 1);
  assert.equal(variantOf(kinds, { kind: "form" }), 0);
  assert.equal(variantOf(kinds, "x"), 2);
  assert.equal(variantOf(kinds, 5), 3);
  assert.equal(variantOf(kinds, undefined), -1);
});

test("a new value has the constants and defaults that it needs, and inputs that are called the same", () => {
  const made = begun(object({
    kind: shape("fixed", { required: true, rule: { const: 1 } }), day: shape("date", { required: true }), size: shape("integer", { required: true, default: 100 }),
    list: shape("list", { required: true }), other: shape("text", { default: "x" }), free: shape("text", { required: true }),
  }), ["day"]);
  assert.deepEqual(made, { kind: 1, day: "{{ inputs.day }}", size: 100, list: [] });
});

test("what a form cannot show is known", () => {
  assert.equal(fits(shape("object"), [1]), false);
  assert.equal(fits(shape("list"), "x"), false);
  assert.equal(fits(shape("text", { nullable: true }), null), true);
  assert.equal(fits(shape("text"), 5), false);
  assert.equal(fits(shape("check"), "yes"), false);
});

test("braces around an expression come and go without a trace", () => {
  fc.assert(fc.property(fc.string().filter((text) => !text.includes("{{") && !text.includes("}}") && !text.endsWith("}")), (text) => assert.equal(inside(whole(text)), text)));
  assert.equal(inside("{{ a }} and {{ b }}"), undefined);
  assert.equal(inside("text"), undefined);
});

test("the builder changes what it is asked to, and nothing that it does not know", () => {
  const schema = parseJson('{"type":"object","x-own":1.0,"required":["b","a"],"properties":{"a":{"type":"string","minLength":3,"title":"A"},"b":{"oneOf":[{"const":1}]}},"additionalProperties":false}') as JsonObject;
  const other = renamed(required(schema, "a", false), "b", "c");
  assert.deepEqual(Object.keys(membersOf(other)), ["a", "c"]);
  assert.equal(isRequired(other, "c"), true);
  assert.equal(isRequired(other, "a"), false);
  assert.equal(formatJson(other["x-own"]!).trim(), "1.0");
  assert.equal(kindOfRule(membersOf(other)["c"]!), undefined);
  const changed = withMember(other, "a", turned(membersOf(other)["a"]!, "integer"));
  assert.deepEqual(membersOf(changed)["a"], { type: "integer", minLength: 3, title: "A" });
  assert.equal(changed["additionalProperties"], false);
  assert.deepEqual(Object.keys(membersOf(withMember(changed, "c", undefined))), ["a"]);
  assert.equal("required" in withMember(changed, "c", undefined), false);
});
