/** Words of the page, which the server wrote in the reader's language. */

let words: Record<string, string> | undefined;

/** The text of a key, its `{places}` filled. A key without a text shows itself, which a test finds. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  words ??= JSON.parse(document.getElementById("editor-texts")?.textContent ?? "{}") as Record<string, string>;
  return (words[key] ?? key).replace(/\{(\w+)\}/gu, (place, name: string) => String(values[name] ?? place));
}
