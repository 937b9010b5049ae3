// Builds each page's bundle: one script and one stylesheet, minified, without imports, to be put into a page by Python.
// They are written to src/gatewise/support/bundles and committed, so that users need no node.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import "./licenses.mjs"; // before the pages, which take the text in

const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../src/gatewise/support/bundles/", import.meta.url));
const entries = { explore: "src/app/main.ts", exercises: "src/exercises/main.ts", worksheet: "src/worksheet/main.ts" };
const chosen = process.argv.slice(2);

/** What components call and src/svelte does not have would fail only in the page. */
function stopAtMissing(level, log, handle) {
  handle(log.code === "IMPORT_IS_UNDEFINED" ? "error" : level, log);
}

for (const [name, entry] of Object.entries(entries)) {
  if (!existsSync(here + entry) || (chosen.length && !chosen.includes(name))) continue;
  await build({
    root: here,
    configFile: here + "vite.config.ts",
    logLevel: "warn",
    build: {
      outDir: target,
      emptyOutDir: false,
      target: "es2022",
      minify: true,
      sourcemap: false,
      reportCompressedSize: false,
      rolldownOptions: { onLog: stopAtMissing },
      lib: { entry: here + entry, name: "gatewise", formats: ["iife"], fileName: () => `${name}.js`, cssFileName: name },
    },
  });
}

for (const file of existsSync(target) ? readdirSync(target) : []) {
  if (!/\.(js|css)$/.test(file)) continue;
  const text = readFileSync(target + file, "utf8");
  // Inside of a <script> or <style> these would end it, or hide its end; in a string a backslash changes nothing.
  const safe = text.replace(/<\/(script|style)/gi, "<\\/$1").replaceAll("<!--", "<\\!--");
  if (safe !== text) writeFileSync(target + file, safe);
  console.log(`${file} ${(safe.length / 1024).toFixed(1)} KB`);
}
