/** What a workflow was tested with last, kept in this browser. */

import { type Json, type JsonObject, formatJson, isObject, parseJson } from "../json";

function key(workflow: string): string {
  return `tropeiro-test-${workflow}`;
}

export function remembered(workflow: string): JsonObject {
  try {
    const found = parseJson(localStorage.getItem(key(workflow)) ?? "{}");
    return isObject(found) && isObject(found["inputs"]) ? found["inputs"] : {};
  } catch {
    // Storage may be closed to pages, and what lies in it may be of somebody else's making: then there is nothing.
    return {};
  }
}

export function remember(workflow: string, inputs: Json): void {
  try {
    localStorage.setItem(key(workflow), formatJson({ inputs }));
  } catch {
    // No room, or no storage: the test runs all the same.
  }
}
