// Marks: a checked document's verdicts at their numbers, and its own text.
import { hash, line, loss, panel } from "./page.mjs";

const counts = (it) => panel(it).getByRole("group", { name: "Which marks" }).getByRole("button").allInnerTexts();

export default {
  "the marks are the checker's, each at its number": async (it) => {
    const { findings, wrong } = it.given;
    await it.open("marks");
    const tab = it.page.getByRole("tab", { name: "Marks" });
    it.equal("the page opens at them", await tab.getAttribute("aria-selected"), "true");
    const found = Object.fromEntries((await counts(it)).map((text) => [text.replace(/^\d+ /, ""), parseInt(text, 10)]));
    it.equal("how many of each", found, findings);
    await it.sound("marks");
    await it.picture("marks");
    const first = panel(it).locator("ol li").first();
    it.true(`the mistake's sentence: ${await first.innerText()}`, (await first.innerText()).includes(wrong.sentence));
    await it.press(first.locator("button").first());
    it.true(`its line: ${await hash(it)}`, (await hash(it)).startsWith(`#0:${wrong.key}`));
    const worn = await line(it).getByRole("list", { name: "What the document has here" }).innerText();
    it.true(`the verdict stands at the number: ${worn}`, worn.includes(wrong.sentence) && worn.includes(wrong.written));
    const cell = it.page.locator("section.sequence td.chosen");
    it.true("and in the sequence", (await cell.locator("b.bad").count()) === 1);
    await it.sound("a marked number");
  },

  "a mark leads to its line of the document, and that to its number": async (it) => {
    const { wrong } = it.given;
    await it.open("marks");
    await it.press(panel(it).locator("ol li").first().getByRole("button", { name: /^line \d+$/ }));
    const row = panel(it).locator(`#written-${wrong.line}`);
    it.true("the row has the focus", await row.evaluate((one) => one === document.activeElement));
    it.true(`its text: ${await row.innerText()}`, (await row.innerText()).includes(wrong.written));
    await it.press(row.getByRole("button").first());
    it.true(`its number: ${await hash(it)}`, (await hash(it)).startsWith(`#0:${wrong.key}`));
    it.true("the loss is of the right numbers", Number.isFinite(await loss(it)));
    const buttons = panel(it).getByRole("group", { name: "Which marks" }).getByRole("button");
    await it.press(buttons.filter({ hasText: "right" }));
    it.true("those that are right", (await panel(it).locator("ol li").count()) > 5);
    await it.sound("right marks");
  },
};
