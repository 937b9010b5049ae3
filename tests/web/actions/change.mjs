// What if: numbers typed, dragged, slid and stepped; what changes flashes, with the old beside it; undo, redo, reset.
import { numberIn, numbersIn } from "../driver/numbers.mjs";
import { button, chooser, hash, line, loss, numbersOfSequence, panel, sequence, sequenceIs, undo, valueOf } from "./page.mjs";

const dial = (it, row, column = 0) => panel(it).locator("tbody tr").nth(row).locator("[role=slider]").nth(column);
const field = (it) => panel(it).getByLabel("new value");
const said = (it) => panel(it).locator(".changed-by .loss").innerText();

/** The loss before and after, as the tool says them and the sequence has them. */
async function lossIs(it, before, after) {
  it.rounded("the loss over the sequence", await loss(it), after);
  const numbers = numbersIn((await said(it)).replace(/\+/g, ""));
  it.rounded("the loss after", numbers[0], after);
  it.rounded("the loss before", numbers[1], before);
  it.rounded("by how much", numbers[2], after - before);
}

export default {
  "a weight is typed: only what hangs on it flashes, with the old value": async (it) => {
    const { values, typed } = it.given;
    await it.open("worked", `#${typed.place}`);
    await it.tab("What if");
    await it.write(field(it), typed.value);
    await lossIs(it, values.loss, typed.values.loss);
    const now = await sequenceIs(it, typed.values);
    // W_o has no part in a, i, f and state of the first step; it has in out, and in all that follows.
    const changed = await sequence(it).locator("td.changed").evaluateAll((cells) =>
      cells.map((cell) => [cell.closest("tr").querySelector("th .name").textContent, cell.querySelector(".old")?.textContent ?? ""]));
    const differs = now.filter((key) => valueOf(values, key) !== valueOf(typed.values, key)).length;
    it.equal("how many numbers flash", changed.length, differs);
    it.true(`out flashes: ${changed}`, changed.some(([name]) => name === "out"));
    it.true("x does not", !changed.some(([name]) => name === "x" || name === "label"));
    const olds = changed.filter(([name]) => name === "out").map(([, old]) => old);
    it.rounded("the old out, beside the new", olds[0], values["out@0"][0]);
    await it.sound("after a change");
    await it.picture("changed");
  },

  "what cannot be taken is refused with a sentence": async (it) => {
    await it.open("worked", "#0:W[0,0]");
    await it.tab("What if");
    for (const wrong of ["abc", "1e999", "", "1,2,3"]) {
      await it.write(field(it), wrong, "Tab");
      it.true(`a sentence on “${wrong}”`, await panel(it).locator(".problem").isVisible());
      it.equal("marked as invalid", await field(it).getAttribute("aria-invalid"), "true");
    }
    await it.sound("a refusal");
    it.rounded("nothing has changed", await loss(it), it.given.values.loss);
    await it.write(field(it), "0,5");
    it.true("a decimal comma is read", !(await panel(it).locator(".problem").isVisible()));
    it.rounded("and taken", await field(it).inputValue(), 0.5);
  },

  "every given thing can be changed": async (it) => {
    for (const { place, value, values } of it.given.changes) {
      await it.open("worked", `#${place}`);
      await it.tab("What if");
      it.equal("a field for it", await field(it).count(), 1);
      await it.write(field(it), value);
      it.rounded(`the loss after ${place} = ${value}`, await loss(it), values.loss);
      await sequenceIs(it, values);
    }
  },

  "a number is dragged, and the whole drag is one step of undo": async (it) => {
    await it.open("worked", "#0:a@0");
    await it.tab("What if");
    await it.choose(chooser(it, "Change"), "0:W");
    const [first, { values }] = [dial(it, 0), it.given];
    await it.drag(first, 30, "ArrowRight", 10);
    const moved = numberIn(await first.innerText());
    it.rounded("ten steps of a hundredth", moved, 0.55);
    it.true("the loss has changed", Math.abs((await loss(it)) - values.loss) > 1e-4);
    it.rounded("the old value beside it", await panel(it).locator("tbody del").first().innerText(), it.byKeys ? 0.54 : 0.45);
    for (let k = 0; k < (it.byKeys ? 10 : 1); k += 1) await undo(it);
    it.rounded("back", await first.innerText(), 0.45);
    it.rounded("with its loss", await loss(it), values.loss);
    it.true("nothing is left to undo", await button(it, "Undo").isDisabled());
    await it.press(button(it, "Redo"));
    it.true("done again", numberIn(await first.innerText()) > 0.45);
  },

  "a click or Enter on a number chooses it, the slider moves it": async (it) => {
    await it.open("worked", "#0:a@0");
    await it.tab("What if");
    await it.choose(chooser(it, "Change"), "0:U");
    await it.press(dial(it, 2));
    it.equal("chosen", await hash(it), "#0:U[2,0]");
    it.true("its line is shown", (await line(it).locator("h2").getAttribute("aria-label")).includes("U"));
    const slider = panel(it).locator("input[type=range]");
    await it.slide(slider, 0.95);
    const value = Number(await field(it).inputValue());
    it.true(`it went up: ${value}`, value > 1);
    it.true("the loss has changed", Math.abs((await loss(it)) - it.given.values.loss) > 1e-6);
  },

  "undo, redo and reset by keys": async (it) => {
    const { values, typed } = it.given;
    await it.open("worked", `#${typed.place}`);
    await it.tab("What if");
    await it.write(field(it), typed.value);
    await it.reach(line(it).getByLabel("row"));
    await it.page.keyboard.press("Escape");
    // Not in a field, which has its own undo.
    const heading = it.page.locator("#line-title");
    await heading.evaluate((one) => one.focus());
    await it.key("Control+z");
    it.rounded("undone", await loss(it), values.loss);
    await it.key("Control+Shift+z");
    it.rounded("done again", await loss(it), typed.values.loss);
    await it.key("Control+z");
    await it.key("Control+y");
    it.rounded("done again by Ctrl+Y", await loss(it), typed.values.loss);
    await it.press(button(it, "Reset"));
    it.rounded("reset", await loss(it), values.loss);
    const found = await numbersOfSequence(it);
    it.rounded("all as it came", found["out@1[]"], values["out@1"][0]);
    it.true("the live region says it", (await it.page.locator(".tools > [role=status]").innerText()).includes("loss"));
  },
};
