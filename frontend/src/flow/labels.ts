/** Text of users as mermaid's labels: whatever is not plainly harmless becomes `#NN;`, which mermaid writes out as text. */

const HARMLESS = /[\p{L}\p{M}\p{N} ,.\-_/+@\u200b\u200c\u200d\u2009]/u;
/** Controls, also those that turn the direction of what follows, and what has no width; but not what joins emoji. */
const CONTROLS = /[\p{Cc}\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** At most `most` characters of the text, as a label that is safe between quotes. */
export function label(text: unknown, most = 48): string {
  return encode(shorten(plain(text), most));
}

/** The text without controls and without white space around it, on one line. */
export function plain(text: unknown): string {
  return String(text ?? "").replace(CONTROLS, " ").replace(/\s+/gu, " ").trim();
}

function shorten(text: string, most: number): string {
  const characters = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)].map((one) => one.segment);
  return characters.length > most ? `${characters.slice(0, most - 1).join("").trimEnd()}…` : text;
}

function encode(text: string): string {
  // Read again after they are decoded: two dollar signs as mathematics, a backslash and an n as a new line, fa:fa-… as an
  // icon. What has little or no width parts them.
  const parted = text.replace(/\$(?=\$)/gu, "$\u2009").replace(/\\(?=n)/gu, "\\\u200b").replace(/:(?=fa-)/gu, ":\u200b");
  return [...parted].map((one) => (HARMLESS.test(one) ? one : `#${one.codePointAt(0)};`)).join("");
}
