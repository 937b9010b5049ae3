// Chromium, and one visit to a page in it: what it may not do (console, errors, requests) is written down as it happens.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

const room = createRequire(new URL("../../../web/package.json", import.meta.url));
export const AXE = () => readFileSync(room.resolve("axe-core/axe.min.js"), "utf8");

/** Where Chromium is: on PATH, under one of its names; first the shell, which draws the same pages for half of the work. */
export function chromiumPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/** Start Chromium with a new, empty profile. */
export function startBrowser(more = []) {
  const { chromium } = room("playwright-core");
  const args = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--js-flags=--single-threaded", // compiling and collecting aside would take the other core from other tests
    ...more,
  ];
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args });
}

const OWN = /^(file|data|blob|about):/;

/** A new context with one page, as a person with these settings has it; `wrong` collects what must not happen. */
export async function visit(browser, { width, dark, reduced }) {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: reduced ? "reduce" : "no-preference",
    acceptDownloads: true,
    // A phone's window has no room for scroll bars, and touch.
    hasTouch: width < 600,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => wrong.push(`the console says: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`an error: ${error.message}\n${(error.stack ?? "").slice(0, 400)}`));
  page.on("crash", () => wrong.push("the page crashed"));
  context.on("request", (request) => OWN.test(request.url()) || wrong.push(`a request: ${request.url()}`));
  return { context, page, wrong };
}
