// Hold a gate: what would come out, what gradient would flow.
import { numbersIn } from "../driver/numbers.mjs";
import { button, chooser, loss, panel, sequence, sequenceIs } from "./page.mjs";

const hold = (it, gate, value) => panel(it).getByRole("button", { name: new RegExp(`^${gate} = ${value}`) });

export default {
  "f = 1 and i = 0 carry the state on unchanged": async (it) => {
    const { values, held } = it.given;
    await it.open("worked", "#0:f@1");
    await it.tab("Hold a gate");
    await it.choose(chooser(it, "gate"), "f");
    await it.press(hold(it, "f", 1));
    await it.choose(chooser(it, "gate"), "i");
    await it.press(hold(it, "i", 0));
    it.rounded("the loss with both held", await loss(it), held.loss);
    await it.press(sequence(it).getByRole("button", { name: "Backward pass" }));
    const keys = await sequenceIs(it, held);
    it.true("with the gradients", keys.includes("d_f@1[]") && keys.includes("d_state@0[]"));
    const sentence = await panel(it).locator("p").filter({ hasText: "Loss with the gates held" }).innerText();
    const [first, second] = numbersIn(sentence);
    it.rounded("with the gates held", first, held.loss);
    it.rounded("with all let go", second, values.loss);
    it.equal("what is held", await panel(it).locator('ul[aria-labelledby="held"] li').count(), 2);
    await it.sound("two gates held");
    await it.picture("held");
    await it.press(button(it, "Let all go"));
    await sequenceIs(it, values);
  },

  "a gate is held at every step, at a value that is typed": async (it) => {
    const { everyStep } = it.given;
    await it.open("worked", "#0:o@0");
    await it.tab("Hold a gate");
    await it.choose(chooser(it, "gate"), "o");
    await it.tick(panel(it).getByLabel("at every step"));
    await it.write(panel(it).getByLabel("or at"), "0.25");
    await sequenceIs(it, everyStep);
    await it.press(panel(it).getByRole("button", { name: /^Let go/ }).first());
    it.equal("one is left", await panel(it).locator('ul[aria-labelledby="held"] li').count(), 1);
    await it.slide(panel(it).locator("input[type=range]"), 1);
    it.true("the slider holds it, too", (await panel(it).locator('ul[aria-labelledby="held"]').innerText()).includes("1"));
  },
};
