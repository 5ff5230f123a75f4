// Builds what the console's pages load into ../src/tropeiro/web/static/dist:
//   console.css, console.js   on every page
//   <area>.js                 a page's own script, from src/pages/<area>.ts
//   chunks/*                  what several scripts share, and what is loaded late
//   icons.svg                 the icons that templates and views name, one symbol each

import { build } from "esbuild";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { usedStyles } from "./used_styles.mjs";

const here = import.meta.dirname;
const web = resolve(here, "../src/tropeiro/web");
const dist = join(web, "static/dist");

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const shared = { bundle: true, minify: true, logLevel: "warning", outdir: dist, legalComments: "linked", absWorkingDir: here };
const pages = globSync("src/pages/*.ts", { cwd: here }).map((path) => ({ in: path, out: basename(path, ".ts") }));
await build({
  ...shared,
  entryPoints: [{ in: "src/console.ts", out: "console" }, ...pages],
  format: "esm",
  splitting: true,
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  chunkNames: "chunks/[name]-[hash]",
});
const tabler = {
  name: "tabler",
  setup: (building) => building.onLoad({ filter: /@tabler[\\/]core[\\/].*\.css$/ }, ({ path }) => (
    { contents: usedStyles(readFileSync(path, "utf8"), [web, join(here, "src")]), loader: "css" }
  )),
};
await build({ ...shared, entryPoints: [{ in: "src/console.css", out: "console" }], loader: { ".svg": "dataurl" }, plugins: [tabler] });
writeFileSync(join(dist, "icons.svg"), sprite(iconNames()));

// Every `{% icon "name" %}` of a template, every icon="name" of a view, every <Icon name="name" /> and { icon: "name" } of a script,
// and src/icons.txt for names that are computed.
function iconNames() {
  const names = new Set(readFileSync(join(here, "src/icons.txt"), "utf8").split(/\s+/).filter(Boolean));
  for (const path of globSync("screens/**/*.{html,py}", { cwd: web })) {
    const text = readFileSync(join(web, path), "utf8");
    for (const [, name] of text.matchAll(/\{%\s*icon\s+"([a-z0-9-]+)"|icon="([a-z0-9-]+)"/g)) if (name) names.add(name);
    for (const [, name] of text.matchAll(/icon="([a-z0-9-]+)"/g)) names.add(name);
  }
  for (const path of globSync("src/**/*.{ts,tsx}", { cwd: here })) {
    const text = readFileSync(join(here, path), "utf8");
    for (const [, tag, member] of text.matchAll(/<Icon name="([a-z0-9-]+)"|\bicon: "([a-z0-9-]+)"/g)) names.add(tag ?? member);
  }
  return [...names].sort();
}

function sprite(names) {
  const symbols = names.map((name) => {
    const filled = name.endsWith("-filled");
    const file = join(here, "node_modules/@tabler/icons/icons", filled ? `filled/${name.slice(0, -7)}.svg` : `outline/${name}.svg`);
    const svg = readFileSync(file, "utf8");
    const inside = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s+/g, " ").trim();
    const paint = filled ? 'fill="currentColor"' : 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
    return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${inside}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}
