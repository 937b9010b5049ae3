// Nudge a number and compare with the gradient; update, watch the loss, rewind.
import { numberIn } from "../driver/numbers.mjs";
import { button, chooser, hash, loss, panel, sequenceIs } from "./page.mjs";

const facts = (it) => panel(it).locator("dl dd").allInnerTexts();

export default {
  "the nudge meets the gradient as ε shrinks, and breaks at round-off": async (it) => {
    const { nudge } = it.given;
    await it.open("worked", `#${nudge.place}`);
    await it.tab("Nudge");
    const slider = panel(it).locator("input[type=range]");
    const all = {};
    for (const share of [0, 1]) {
      await it.slide(slider, share);
      const [estimate, gradient] = await facts(it);
      const epsilon = numberIn(await panel(it).locator("output").innerText());
      it.rounded("the gradient", gradient, nudge.gradient, 11);
      all[share] = Math.abs(numberIn(estimate) - nudge.gradient);
      if (share === 0) {
        it.rounded("ε = 0.1", epsilon, 0.1);
        it.rounded("its estimate", estimate, nudge.at_a_tenth, 11);
      }
    }
    await it.reach(slider);
    await it.page.keyboard.press("Home");
    for (let k = 0; k < 8; k += 1) await it.page.keyboard.press("ArrowRight");
    await it.settle();
    const best = Math.abs(numberIn((await facts(it))[0]) - nudge.gradient);
    it.true(`near in the middle: ${best}`, best < 1e-8);
    it.true(`far at the ends: ${all[0]}, ${all[1]}`, all[0] > 1e-5 && all[1] > 1e-6);
    await it.until("the curve is drawn", () => panel(it).locator("svg[role=img]").count(), 1);
    await it.press(panel(it).locator("summary"));
    it.equal("the same as a table", await panel(it).locator("details tbody tr").count(), 29);
    await it.sound("a nudge");
    await it.picture("nudge");
    await it.choose(chooser(it, "nudge"), "0:b");
    it.true("another is nudged", (await hash(it)).startsWith("#0:b"));
  },

  "updates take the loss down as Python's do, and can be rewound": async (it) => {
    const { values, updates } = it.given;
    await it.open("worked");
    await it.tab("Update");
    await it.press(panel(it).getByRole("button", { name: "Update", exact: true }));
    it.rounded("after one", await loss(it), updates[1]);
    await it.press(button(it, "One more"));
    it.rounded("after two", await loss(it), updates[2]);
    await it.write(panel(it).getByLabel("steps", { exact: true }), 8);
    await it.press(button(it, "Update 8 times"));
    it.rounded("after ten", await loss(it), updates[10]);
    await it.press(panel(it).locator("summary").filter({ hasText: "table" }));
    const rows = await panel(it).locator("details table tbody tr").evaluateAll((all) => all.map((row) => row.cells[1].innerText));
    it.equal("losses listed", rows.length, 11);
    rows.forEach((text, k) => it.rounded(`loss ${k}`, text, updates[k]));
    it.true("a curve", await panel(it).getByRole("img", { name: /10 updates took the loss/ }).isVisible());
    await it.sound("ten updates");
    await it.picture("updates");
    await it.press(button(it, "Rewind to the start"));
    await sequenceIs(it, values);
  },

  "λ is changed; a number of steps that makes no sense is refused": async (it) => {
    await it.open("worked");
    await it.tab("Update");
    await it.write(panel(it).getByLabel("λ", { exact: true }), it.given.large.rate);
    await it.press(panel(it).getByRole("button", { name: "Update", exact: true }));
    it.rounded("the loss", await loss(it), it.given.large.loss);
    for (const wrong of ["0", "2000", "1.5", "x"]) {
      await it.write(panel(it).getByLabel("steps", { exact: true }), wrong, "Tab");
      it.true(`${wrong} steps are refused`, await panel(it).locator(".problem").first().isVisible());
    }
  },
};
