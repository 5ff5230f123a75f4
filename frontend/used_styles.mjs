// Tabler's stylesheet without the rules for what the console never uses: three quarters of it.
//
// A rule stays when every class of one of its selectors is written somewhere in our templates, views, scripts or styles; also
// when only its beginning is (`btn-` in `btn-{{ kind }}`). Rules for elements and attributes always stay.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The stylesheet `css` with what the sources in `folders` may use. */
export function usedStyles(css, folders) {
  const words = new Set();
  for (const folder of folders) {
    for (const path of globSync("**/*.{html,py,ts,tsx,css}", { cwd: folder })) {
      if (/(?:^|\/)static\//.test(path)) continue;
      for (const [word] of readFileSync(join(folder, path), "utf8").matchAll(/[A-Za-z0-9_-]+/g)) words.add(word);
    }
  }
  const beginnings = [...words].filter((word) => /^[a-z]+(?:-[a-z0-9]+)*-$/.test(word));
  const used = (name) => words.has(name) || /[^\w-]/.test(name) || beginnings.some((beginning) => name.startsWith(beginning));
  // What says whose it is stays.
  return [...css.matchAll(/\/\*![^]*?\*\//g), ""].join("\n") + rules(css).map((rule) => kept(rule, used)).join("");
}

function kept({ head, body }, used) {
  if (body === undefined) return `${head};`;
  if (/^@(?:media|supports|layer|container)\b/.test(head)) {
    const inside = rules(body).map((rule) => kept(rule, used)).join("");
    return inside && `${head}{${inside}}`;
  }
  if (head.startsWith("@")) return `${head}{${body}}`;
  const selectors = parts(head).filter((selector) => classes(selector).every(used));
  return selectors.length > 0 ? `${selectors.join(",")}{${body}}` : "";
}

/** Classes that an element must have; not those of `:not(…)`, `:is(…)` and the like. */
function classes(selector) {
  let plain = selector.replace(/\[[^\]]*\]/g, "");
  while (/\([^()]*\)/.test(plain)) plain = plain.replace(/\([^()]*\)/g, "");
  return [...plain.matchAll(/\.((?:\\.|[\w-])+)/g)].map(([, name]) => name.replace(/\\(.)/g, "$1"));
}

/** Selectors of a list, parted at its outer commas. */
function parts(head) {
  const found = [""];
  let depth = 0;
  for (const character of head) {
    if (character === "," && depth === 0) { found.push(""); continue; }
    if ("([".includes(character)) depth += 1;
    if (")]".includes(character)) depth -= 1;
    found[found.length - 1] += character;
  }
  return found.map((one) => one.trim()).filter(Boolean);
}

/** Rules of a stylesheet or of the inside of one: what stands before the braces, and what in them. */
function rules(css) {
  const text = css.replace(/\/\*[^]*?\*\//g, "");
  const found = [];
  let begun = 0;
  let opened = -1;
  let depth = 0;
  for (let here = 0; here < text.length; here += 1) {
    const character = text[here];
    if (character === '"' || character === "'") {
      for (here += 1; text[here] !== character; here += 1) if (text[here] === "\\") here += 1;
    } else if (character === "(" && text.startsWith("url(", here - 3) && !/["']/.test(text[here + 1])) here = text.indexOf(")", here);
    else if (character === "{") { if (depth === 0) opened = here; depth += 1; }
    else if (character === "}") {
      depth -= 1;
      if (depth === 0) { found.push({ head: text.slice(begun, opened).trim(), body: text.slice(opened + 1, here) }); begun = here + 1; }
    } else if (character === ";" && depth === 0) { found.push({ head: text.slice(begun, here).trim() }); begun = here + 1; }
  }
  return found;
}
