// Runs one group of actions in one browser, under every setting; writes what came of each to stdout as JSON.
//   node run.mjs GROUP < given.json        given: {pages: {name: path}, folder, settings, …expected numbers}
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startBrowser, visit } from "./browser.mjs";
import { Visitor } from "./visitor.mjs";

const [group, only] = process.argv.slice(2);
const given = JSON.parse(readFileSync(0, "utf8"));
const { default: actions } = await import(new URL(`../actions/${group}.mjs`, import.meta.url));
const results = [];
const browser = await startBrowser();

for (const setting of given.settings) {
  for (const [name, act] of Object.entries(actions)) {
    if (only && !name.includes(only)) continue;
    const { context, page, wrong } = await visit(browser, setting);
    const folder = join(given.folder, `${group}-${results.length}`);
    const it = new Visitor({ page, wrong, setting, given, folder });
    const begun = Date.now();
    try {
      await act(it);
      await it.settle();
    } catch (error) {
      wrong.unshift(error.message);
      wrong.push(`at ${(error.stack ?? "").split("\n").find((line) => line.includes(`actions/${group}`))?.trim() ?? "?"}`);
      await it.picture(`failed-${group}-${results.length}`).catch(() => undefined);
    }
    await context.close();
    results.push({ name, setting, wrong, files: it.files, facts: it.facts ?? {}, seconds: (Date.now() - begun) / 1000 });
  }
}
await browser.close();
process.stdout.write(JSON.stringify(results));
