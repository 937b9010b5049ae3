// Carries out groups of actions in one browser: asked on a line of stdin, answered on a line of stdout, both JSON.
//   {group, half, pages: {name: path}, folder, …expected numbers}  →  {results: [{name, setting, wrong, files, facts}]}
// GATEWISE_ACTION=word carries out only the actions with this word in their names.
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startBrowser, visit } from "./browser.mjs";
import { settingsOf } from "./settings.mjs";
import { Visitor } from "./visitor.mjs";

const browser = await startBrowser();

/** One action in one setting: what was wrong, and what it leaves for Python to look at. */
async function carriedOut(group, name, act, setting, given, folder) {
  const { context, page, wrong } = await visit(browser, setting);
  const it = new Visitor({ page, wrong, setting, given, folder });
  try {
    await act(it);
    await it.settle();
  } catch (error) {
    wrong.unshift(error.message);
    wrong.push(`at ${(error.stack ?? "").split("\n").find((line) => line.includes(`actions/${group}`))?.trim() ?? "?"}`);
    await it.picture(`failed-${group}`).catch(() => undefined);
  }
  await context.close();
  return { name, setting, wrong, files: it.files, facts: it.facts ?? {} };
}

async function answer({ group, half, ...given }) {
  const { default: actions } = await import(new URL(`../actions/${group}.mjs`, import.meta.url));
  const results = [];
  for (const [k, [name, act]] of Object.entries(actions).entries()) {
    if (!name.includes(process.env.GATEWISE_ACTION ?? "")) continue;
    for (const setting of settingsOf(k, half)) {
      const folder = join(given.folder, `${group}-${results.length}`);
      results.push(await carriedOut(group, name, act, setting, given, folder));
    }
  }
  return { results };
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch((error) => ({ error: error.stack }));
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
await browser.close();
