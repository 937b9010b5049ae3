// The exercises' pages in Chromium: opened from disk, marked, reloaded, begun again; by keyboard, on a phone, at night.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { made } from "../data/made";

const CHROMIUM = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find(existsSync) ?? "";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const there = existsSync(CHROMIUM);
const { pages, answers } = there
  ? made<{ pages: Record<string, string>; answers: Record<string, Record<string, string>> }>("exercises", [
      "teach/exercises",
      "support/bundles",
    ])
  : { pages: {}, answers: {} };

let browser: Browser;
let folder: string;
let page: Page;
let said: string[];

/** Open a page from disk, with all that it says on the console or asks of the network noted. */
async function open(kind: string, options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
  const file = join(folder, `${kind}.html`);
  writeFileSync(file, pages[kind]);
  said = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) said.push(request.url());
  });
  await page.goto(`file://${file}`);
  return page;
}

const field = (id: string) => page.locator(`[data-id="${id}"] :is(input, select)`).first();
const verdict = (id: string) => page.locator(`[data-id="${id}"] .verdict`);
const points = () => page.locator("#result .points").innerText();
const mark = () => page.getByRole("button", { name: "Mark my answers" }).click();
const first = (kind: string): string => Object.keys(answers[kind])[0];

async function fill(given: Record<string, string>): Promise<void> {
  for (const [id, answer] of Object.entries(given)) {
    const place = page.locator(`[data-id="${id}"]`);
    if (await place.locator("select").count()) await place.locator("select").selectOption(answer);
    else if (await place.locator("[type=radio]").count()) await place.locator(`[value="${answer}"]`).check();
    else await place.locator("input").fill(answer);
  }
}

describe.skipIf(!there)("exercises' pages", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "exercises-"));
    const args = [
      "--no-sandbox",
      "--headless",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await page.close();
    expect(said).toEqual([]);
  });

  test.each(Object.keys(answers))("right answers to a %s sheet are worth all points", async (kind) => {
    await open(kind);
    await fill(answers[kind]);
    await mark();
    const count = Object.keys(answers[kind]).length;
    expect(await points()).toBe(`${count} of ${count} points, 100 %, after 1 try.`);
    expect(await page.locator("#result .again").count()).toBe(0);
  });

  test("a number is written where the sheet has its ?, and where that is named in the answer itself, below", async () => {
    await open("fill");
    const rows = await page.$$eval(".answer", (all) =>
      all.map((one) => [one.getAttribute("data-id"), one.closest(".row")?.querySelector(".id")?.textContent?.trim()]),
    );
    expect(rows.map(([id]) => id)).toEqual(Object.keys(answers.fill));
    for (const [id, line] of rows) expect(id).toContain(line);
    expect(await page.locator(".result", { hasText: "?" }).count()).toBe(0);
    await page.close();
    await open("find-error"); // in the line itself the value would tell which line it is
    expect(await page.locator(".row .answer").count()).toBe(0);
    expect(await page.locator("fieldset .answer").count()).toBe(Object.keys(answers["find-error"]).length);
  });

  test("an empty sheet is no try", async () => {
    await open("fill");
    await mark();
    expect(await points()).toContain("Nothing is marked yet");
    expect(await page.locator(".verdict:visible").count()).toBe(0);
  });

  test("there is no solution before a try, and one on demand after it, worth nothing then", async () => {
    await open("fill");
    const id = first("fill");
    const key = answers.fill[id].replace("-", "−");
    await fill({ [id]: "77" });
    expect(await page.getByRole("button", { name: /Show the solution/ }).count()).toBe(0);
    await mark();
    expect(await verdict(id).innerText()).not.toContain(key);
    expect(await page.getByRole("button", { name: /Show the solution/ }).count()).toBe(1);
    await page.getByRole("button", { name: `Show the solution of ${id}` }).click();
    expect(await verdict(id).innerText()).toContain(`It should be ${key}.`);
    await fill({ [id]: answers.fill[id] });
    await mark();
    expect(await verdict(id).innerText()).toContain("Right. Try 2.");
    expect(await points()).toMatch(
      /^0 of .* after 2 tries\. At the first try there were 0\. 1 answer was changed after the solution/,
    );
  });

  test("tries are counted where an answer is new, and what cannot be read is none", async () => {
    await open("fill");
    const id = first("fill");
    await fill({ [id]: "a lot" });
    await mark();
    expect(await points()).toContain("after 0 tries");
    await fill({ [id]: "77" });
    await mark();
    await mark();
    expect(await points()).toContain("after 1 try.");
    await fill({ [id]: answers.fill[id] });
    await mark();
    expect(await points()).toMatch(/^1 of .* after 2 tries\. At the first try there were 0\./);
  });

  test("what is not right is listed, each with a link to its field", async () => {
    await open("fill");
    const [one, other] = Object.keys(answers.fill);
    await fill({ ...answers.fill, [one]: "77", [other]: "" });
    await mark();
    expect(await page.locator("#result .again li").allInnerTexts()).toEqual([`${one} Not right.`, other]);
    await page.locator("#result .again a").first().click();
    expect(await field(one).evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await field(one).getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator("[aria-live], [role=status], [role=alert]").count()).toBe(1);
  });

  test("answers and tries are kept over a reload, and cleared by Start again, which asks first", async () => {
    await open("multiple-choice");
    const ids = Object.keys(answers["multiple-choice"]);
    await fill({ [ids[0]]: answers["multiple-choice"][ids[0]] });
    await page.locator("#name").fill("Ada");
    await mark();
    const before = await points();
    await page.reload();
    expect(await page.locator("#name").inputValue()).toBe("Ada");
    expect(await page.locator("input:checked").count()).toBe(1);
    expect(await points()).toBe(before);
    await page.getByRole("button", { name: "Start again" }).click();
    await page.getByRole("button", { name: "Keep them" }).click();
    expect(await page.locator("input:checked").count()).toBe(1);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("start-again");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("keep");
    await page.keyboard.press("Escape");
    expect(await page.locator("#sure").isVisible()).toBe(false);
    await page.getByRole("button", { name: "Start again" }).click();
    await page.getByRole("button", { name: "Clear them" }).click();
    expect(await page.locator("#sure").isVisible()).toBe(false);
    expect(await page.locator("input:checked").count()).toBe(0);
    await page.reload();
    expect(await page.locator("input:checked").count()).toBe(0);
    expect(await points()).toBe("");
  });

  test("a page marks where storage is refused", async () => {
    await open("fill");
    await page.addInitScript(() =>
      Object.defineProperty(window, "localStorage", {
        get: () => {
          throw new Error("no");
        },
      }),
    );
    await page.reload();
    await fill(answers.fill);
    await mark();
    expect(await points()).toContain("100 %");
  });

  test("a solved copy shows its answers and keeps nothing", async () => {
    await open("solved");
    await mark();
    expect(await points()).toContain("100 %");
    expect(await page.evaluate(() => Object.keys(localStorage).length)).toBe(0);
  });

  test("by keyboard alone: to a field, judged with Enter, on to its solution", async () => {
    await open("fill");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.className)).toBe("skip");
    await field(first("fill")).focus();
    await page.keyboard.type("77");
    await page.keyboard.press("Enter");
    expect(await page.locator("[role=status]").innerText()).toBe(`${first("fill")}: Not right.`);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await verdict(first("fill")).innerText()).toContain("It should be");
    expect(await verdict(first("fill")).evaluate((element) => element === document.activeElement)).toBe(true);
  });

  const focused = () => page.evaluate(() => document.activeElement?.closest<HTMLElement>(".answer")?.dataset.id);

  test("Enter judges one answer: it stays at what is to be mended and goes on from what is right", async () => {
    await open("fill");
    const [one, other] = Object.keys(answers.fill);
    expect(await page.locator(".asks").first().locator("math msub").count()).toBe(1); // as the formulas have it
    await page.locator("#name").press("Enter");
    expect(await focused()).toBe(one);
    await page.keyboard.type("77");
    await page.keyboard.press("Enter");
    expect(await focused()).toBe(one);
    expect(await page.locator(".verdict:visible").allInnerTexts()).toEqual(["Not right. Show the solution"]);
    expect(await verdict(one).evaluate((line) => line.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
    expect(await points()).toBe("");
    await page.keyboard.type(answers.fill[one]); // over the wrong one, which is selected
    await page.keyboard.press("Enter");
    expect(await focused()).toBe(other);
    expect(await verdict(one).innerText()).toBe("Right. Try 2.");
    await page.reload();
    await page.locator(".verdict:visible").first().waitFor();
    expect(await page.locator(".verdict:visible").allInnerTexts()).toEqual(["Right. Try 2."]);
    await mark();
    expect(await points()).toMatch(/^1 of .* after 1 try\. \d+ answers are still to be given\.$/);
    expect(await page.locator(".verdict:visible").count()).toBe(1);
  });

  test("from the last answer Enter goes on to the button that marks all", async () => {
    await open("fill");
    const last = Object.keys(answers.fill).at(-1) as string;
    await fill({ [last]: answers.fill[last] });
    await field(last).press("Enter");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Mark my answers");
    await page.keyboard.press("Enter");
    expect(await points()).toContain("after 1 try.");
  });

  test("answers are saved as the file that gatewise mark reads", async () => {
    await open("fill");
    await fill({ [first("fill")]: "0,5" });
    await page.locator("#name").fill("Ada Lovelace");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save my answers" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("fill-7-1-Ada-Lovelace.answers.json");
    const saved = JSON.parse(readFileSync(await download.path(), "utf8"));
    expect(saved).toMatchObject({ gatewise: "answers", sheet: "fill-7-1", name: "Ada Lovelace" });
    expect(saved.answers[first("fill")]).toBe("0,5");
  });

  test.each([
    ["fill", 1280, "light"],
    ["full", 390, "dark"],
    ["multiple-choice", 390, "light"],
    ["find-error", 1280, "dark"],
  ] as const)(
    "a %s sheet at %d pixels in the %s has no fault that axe finds, and scrolls one way",
    async (kind, width, colorScheme) => {
      await open(kind, { viewport: { width, height: 800 }, colorScheme, bypassCSP: true, reducedMotion: "reduce" });
      const [one, other] = Object.entries(answers[kind]);
      await fill(
        kind === "multiple-choice" || kind === "find-error"
          ? Object.fromEntries([one])
          : { [one[0]]: "77", [other?.[0]]: "x" },
      );
      await mark();
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() =>
        (
          window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
        ).axe.run(),
      );
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      if (process.env.SHOTS)
        await page.screenshot({ path: `${process.env.SHOTS}/${kind}-${width}.png`, fullPage: true });
    },
  );
});
