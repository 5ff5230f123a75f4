// Runs tests/**/*.test.ts by node's own test runner: `npm test`, or `npm test -- tests/editor/edits.test.ts` for some of them.

import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const wanted = process.argv.slice(2);
const tests = wanted.length ? wanted : globSync("tests/**/*.test.ts", { cwd: here });
const folder = mkdtempSync(join(tmpdir(), "console-tests-"));
try {
  await build({
    entryPoints: tests, absWorkingDir: here, outdir: folder, outbase: "tests", outExtension: { ".js": ".mjs" }, bundle: true, splitting: true,
    format: "esm", platform: "node", target: "node22", sourcemap: "inline", jsx: "automatic", jsxImportSource: "preact", logLevel: "warning",
  });
  const built = tests.map((path) => join(folder, path.replace(/^tests\//, "").replace(/\.ts$/, ".mjs")));
  process.exitCode = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...built], { stdio: "inherit", cwd: here }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
