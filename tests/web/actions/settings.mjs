// By hand, the names of torch and Keras, digits.
import { line, lineIs, loss, sequence, sequenceIs } from "./page.mjs";

const settings = (it) => it.page.locator(".settings");

export default {
  "by hand every line is rounded before the next takes it": async (it) => {
    const { values, byHand } = it.given;
    await it.open("worked", "#0:d_state@0");
    await it.press(sequence(it).getByRole("button", { name: "Backward pass" }));
    await it.write(settings(it).getByLabel("digits"), byHand.digits);
    await it.tick(settings(it).getByRole("checkbox"));
    await sequenceIs(it, byHand.values, byHand.digits);
    it.true("the line, too", await lineIs(it, byHand.values, byHand.digits));
    it.true("other numbers than in full", Math.abs(byHand.values.loss - values.loss) > 1e-5);
    await it.sound("by hand");
    await it.tick(settings(it).getByRole("checkbox"), false);
    await sequenceIs(it, values, byHand.digits);
  },

  "so many digits are shown": async (it) => {
    await it.open("worked", "#0:state@1");
    for (const digits of [2, 12]) {
      await it.write(settings(it).getByLabel("digits"), digits);
      await sequenceIs(it, it.given.values, digits);
      const text = await sequence(it).locator("header .loss .number").innerText();
      it.equal("decimals of the loss", text.split(".")[1].length, digits);
      it.true("the line has as many", await lineIs(it, it.given.values, digits));
    }
    await it.sound("twelve digits");
    await it.write(settings(it).getByLabel("digits"), "99", "Tab");
    it.true("99 are refused", await settings(it).locator(".problem").isVisible());
    it.rounded("nothing is lost", await loss(it), it.given.values.loss, 12);
  },

  "the names of torch and Keras": async (it) => {
    await it.open("worked", "#0:state@1");
    for (const { notation, names } of it.given.notations) {
      await it.choose(settings(it).getByLabel("names of"), notation);
      const heads = await sequence(it).locator("tbody th .name").allInnerTexts();
      const text = `${heads} ${await line(it).innerText()}`;
      for (const name of names) it.true(`${name} is among the names of ${notation}: ${heads}`, text.includes(name));
      it.true("with the same numbers", await lineIs(it, it.given.values));
    }
    await it.sound("other names");
    await it.picture("names");
  },
};
