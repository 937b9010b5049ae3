// Times pages in Chromium: first paint, and what an edit costs. Pages and counts come as JSON on stdin, samples go out.
//   {"pages": {"name": path}, "samples": 15}  →  {"chromium": version, "pages": {name: {paint: [ms], edits: {…}}}}
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";

const WARM = 5; // edits before the ones that count: the first compile the page's code
const { chromium } = createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core");

function chromiumPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return ["chromium", "chromium-browser", "google-chrome"].flatMap((name) => folders.map((one) => join(one, name))).find(existsSync);
}

const { pages, samples } = JSON.parse(readFileSync(0, "utf8"));
const browser = await chromium.launch({
  executablePath: chromiumPath(), headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Milliseconds from the start of the navigation to the first contentful paint. */
async function firstPaint(url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(url);
  const painted = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  const paint = await (await page.waitForFunction(painted, undefined, { polling: 50 })).jsonValue();
  await context.close();
  return paint;
}

/** What edits cost, by an arrow key on a weight: script, style and layout, and by the clock until the frame is out. */
async function edits(url, backward) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(url);
  if (backward) await page.keyboard.press("b");
  await page.getByRole("tab", { name: "What if" }).click();
  await page.locator("#tool-panel [role=slider]").first().focus();
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable");
  const metrics = async () => {
    const { metrics: all } = await session.send("Performance.getMetrics");
    const of = (name) => 1000 * all.find((one) => one.name === name).value;
    return { script: of("ScriptDuration"), layout: of("RecalcStyleDuration") + of("LayoutDuration") };
  };
  await page.evaluate(() => {
    window.edited = [];
    addEventListener("keydown", () => {
      const begun = performance.now();
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.edited.push(performance.now() - begun);
      requestAnimationFrame(() => channel.port2.postMessage(0)); // comes after style, layout and paint of that frame
    }, { capture: true });
  });
  const found = { script: [], layout: [], frame: [] };
  for (let k = 0; k < WARM + samples; k += 1) {
    const before = await metrics();
    const count = await page.evaluate(() => window.edited.length);
    await page.keyboard.press(k % 2 ? "ArrowLeft" : "ArrowRight");
    await page.waitForFunction((was) => window.edited.length > was, count, { polling: 20 });
    const after = await metrics();
    if (k < WARM) continue;
    found.script.push(after.script - before.script);
    found.layout.push(after.layout - before.layout);
    found.frame.push(await page.evaluate(() => window.edited.at(-1)));
  }
  const loss = await page.locator("section.sequence header .loss").innerText();
  await context.close();
  if (!/\d/.test(loss)) throw new Error(`no loss is shown: ${loss}`);
  return found;
}

const measured = {};
for (const [name, path] of Object.entries(pages)) {
  const url = pathToFileURL(path).href;
  const paint = [];
  for (let k = 0; k < samples + 1; k += 1) paint.push(await firstPaint(url));
  measured[name] = { paint: paint.slice(1), edits: { forward: await edits(url, false), backward: await edits(url, true) } };
}
process.stdout.write(JSON.stringify({ chromium: browser.version(), node: process.version, pages: measured }));
await browser.close();
