/** Completion in the document's text: keys and values by its schema, services by name, expressions by what they can see. */

import { type Completion, type CompletionContext, type CompletionResult, type CompletionSource, snippet } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import type { SyntaxNode } from "@lezer/common";
import { Refused, Unreachable } from "../api";
import { type Json, type JsonObject, parseJson } from "../json";
import { complete } from "../panel/expression/completion";
import { rootsOf } from "../panel/expression/data";
import { visibleFrom } from "../panel/expression/visible";
import { knownServices } from "../panel/services";
import { oneLine } from "../panel/values";
import { tokens } from "../pointer";
import type { Store } from "../store";
import { nameOf, pointerOf } from "./places";
import { namesOf, rulesAt, typesOf, valuesOf } from "./schema_places";

export function completing(store: Store): CompletionSource {
  let schema: Promise<Json> | undefined;
  return async (context) => {
    schema ??= fetch(store.start.schema_url).then(async (answer) => (answer.ok ? parseJson(await answer.text()) : {}), () => ({}));
    const node = syntaxTree(context.state).resolveInner(context.pos, -1);
    if (node.name === "String" && context.pos < node.to) {
      const found = inExpression(store, context, node);
      if (found) return found;
      if (pointerOf(context.state, node).endsWith("/uses")) return services(store, context, node);
    }
    return bySchema(await schema, context, node);
  };
}

function bySchema(schema: Json, context: CompletionContext, node: SyntaxNode): CompletionResult | null {
  const { state, pos } = context;
  const property = node.name === "Property" ? node : node.parent?.name === "Property" ? node.parent : undefined;
  const inName = node.name === "PropertyName" || (property !== undefined && !property.getChild("PropertyName"));
  const object = inName ? property?.parent : node.name === "Object" ? node : node.parent?.name === "Object" && node.name === "⚠" ? node.parent : undefined;
  if (object?.name === "Object") {
    const written = node.name === "PropertyName" || (node.name === "⚠" && node.to > node.from);
    if (!context.explicit && !written) return null;
    const end = written ? node.to : pos;
    const has = new Set(object.getChildren("Property").filter((one) => one !== property).map((one) => nameOf(state, one)));
    const alone = property?.getChild(":") !== null && state.sliceDoc(end, end + 3).trimStart().startsWith(":");
    const names = namesOf(schema, rulesAt(schema, tokens(pointerOf(state, object)))).filter((one) => !has.has(one.name));
    return names.length === 0 ? null : {
      from: written ? node.from : pos,
      options: names.map((one): Completion => ({
        label: `"${one.name}"`, type: "property", apply: over(end - pos, alone ? `"${one.name}"` : `"${one.name}": ${stub(one.rules)}`), ...(one.help ? { info: one.help } : {}),
      })),
    };
  }
  return values(schema, context, node, property);
}

function values(schema: Json, context: CompletionContext, node: SyntaxNode, property: SyntaxNode | undefined): CompletionResult | null {
  const { state, pos } = context;
  const scalar = ["String", "Number", "True", "False", "Null"].includes(node.name);
  const pointer = scalar || !property ? pointerOf(state, node) : pointerOf(state, property.parent) + `/${nameOf(state, property).replaceAll("~", "~0").replaceAll("/", "~1")}`;
  if (!scalar && (!property || !context.explicit)) return null;
  const known = valuesOf(rulesAt(schema, tokens(pointer)));
  if (known.length === 0) return null;
  const rest = scalar ? node.to - pos : 0;
  return { from: scalar ? node.from : pos, options: known.map((value) => ({ label: oneLine(value), type: "constant", apply: over(rest, oneLine(value).replaceAll(/[$#]\{/gu, "\\$&")) })) };
}

/** Puts a snippet in, over what follows the cursor as well: what is suggested is compared with what stands before it alone. */
function over(rest: number, template: string): NonNullable<Exclude<Completion["apply"], string>> {
  return (view, completion, from, to) => snippet(template)(view, completion, from, to + rest);
}

/** What a value of a rule begins as, as a snippet. */
function stub(rules: readonly JsonObject[]): string {
  const types = new Set(rules.flatMap(typesOf));
  if (types.has("string")) return '"${}"';
  if (types.has("array")) return "[${}]";
  return types.has("object") ? "{${}}" : "${}";
}

/** Inside of braces in a text. Escapes of JSON count as the characters that they are written with. */
function inExpression(store: Store, context: CompletionContext, node: SyntaxNode): CompletionResult | null {
  const text = context.state.sliceDoc(node.from + 1, Math.max(node.to - 1, context.pos));
  const start = node.from + 1;
  if (!text.includes("{{")) return null;
  const { document, run, index, pins } = store.state;
  const roots = rootsOf(visibleFrom(document, pointerOf(context.state, node)), { document, services: knownServices(store.api), run, index, pins });
  const found = complete(text, context.pos - start, false, roots, store.start.filters ?? []);
  if (!found) return null;
  return {
    from: start + found.from,
    options: found.suggestions.map((one) => ({ label: one.insert, detail: one.kind === "filter" ? one.detail : undefined, info: one.help || undefined, type: one.kind === "filter" ? "function" : "variable" })),
  };
}

async function services(store: Store, context: CompletionContext, node: SyntaxNode): Promise<CompletionResult | null> {
  const typed = context.state.sliceDoc(node.from + 1, context.pos);
  try {
    const { items } = await store.api.services(typed.split("@")[0] ?? "");
    return { from: node.from + 1, to: Math.max(node.to - 1, context.pos), filter: false, options: items.map((one) => ({ label: one.uses, detail: one.title, info: one.description || undefined, type: "class" })) };
  } catch (trouble) {
    if (trouble instanceof Refused || trouble instanceof Unreachable) return null;
    throw trouble;
  }
}
