// Where the gradient goes: the ways by share, and the scissors that make a known mistake.
import { numbersIn } from "../driver/numbers.mjs";
import { button, chooser, hash, panel, sequence, sequenceIs } from "./page.mjs";

const ways = (it) => panel(it).getByRole("group", { name: "Ways by which it comes" }).locator("tbody tr");

export default {
  "the ways of a δ are listed by their shares": async (it) => {
    const { values } = it.given;
    await it.open("worked", "#0:out@0");
    await it.tab("Where the gradient goes");
    await it.choose(chooser(it, "gradient"), "d_out");
    await it.choose(chooser(it, "gradient"), "d_state");
    await it.choose(chooser(it, "step"), 1);
    await it.choose(chooser(it, "step"), 0);
    it.true(`δstate of the first step is chosen: ${await hash(it)}`, (await hash(it)).startsWith("#0:d_state@0"));
    const rows = await ways(it).evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.innerText)));
    const from = (way) => rows.filter(([name]) => name === way).map((row) => numbersIn(row[2])[0]);
    const [losses, state, out] = [from("from the loss"), from("through state"), from("through out")];
    it.equal(`ways of each kind among ${rows}`, [losses.length, state.length, out.length], [2, 1, 1]);
    const sum = losses[0] + losses[1];
    it.true(`what came from the loss is δstate: ${sum}`, Math.abs(sum - values["d_state@0"][0]) < 2e-5);
    it.rounded("through state", state[0], values["d_state@1"][0] * values["f@1"][0]);
    const slope = values["o@0"][0] * (1 - Math.tanh(values["state@0"][0]) ** 2);
    it.rounded("through out", out[0], values["delta_out@0"][0] * slope);
    const all = losses.reduce((one, other) => one + Math.abs(other), 0);
    for (const row of rows.filter(([name]) => name === "from the loss")) {
      const [brings, share] = [numbersIn(row[2])[0], numbersIn(row[3])[0]];
      it.true(`its share: ${row}`, Math.abs((100 * Math.abs(brings)) / all - share) < 1);
    }
    await it.sound("the ways of δstate");
    await it.picture("flow");
  },

  "a term is cut at every step: the wrong gradient, and the checker's name for it": async (it) => {
    const { values, cut } = it.given;
    await it.open("worked", "#0:d_state@0");
    await it.tab("Where the gradient goes");
    await it.tick(panel(it).getByLabel("at every step", { exact: false }));
    const terms = panel(it).locator(".terms li");
    const texts = await terms.allInnerTexts();
    const k = texts.findIndex((text) => /δstate/.test(text));
    it.true(`the carried term is among ${texts}`, k >= 0);
    await it.press(terms.nth(k).getByRole("button"));
    await sequenceIs(it, cut.values);
    const list = panel(it).locator('ul[aria-labelledby="cuts"]');
    const sentence = await list.innerText();
    it.true(`the checker's name: ${sentence}`, sentence.includes(cut.name));
    it.true("and why it is wrong", sentence.includes(cut.why));
    const table = panel(it).getByRole("group", { name: "The wrong gradient" });
    const rows = await table.locator("tbody tr").evaluateAll((all) => all.map((row) => [...row.cells].map((one) => one.innerText)));
    const own = rows.find(([name]) => /δstate.?₀|δstate\s*_?0/.test(name.replace(/\s/g, "")));
    it.true(`δstate is among ${rows.map(([name]) => name)}`, own !== undefined);
    it.rounded("wrong", own[1], cut.values["d_state@0"][0]);
    it.rounded("right", own[2], values["d_state@0"][0]);
    await it.sound("a term cut");
    await it.picture("cut");
    await it.press(list.getByRole("button", { name: /^Mend/ }));
    await sequenceIs(it, values);
    it.equal("nothing is cut", await panel(it).locator("#cuts").count(), 0);
  },

  "each gradient with terms can be cut at one step, and that undone": async (it) => {
    await it.open("worked", "#0:d_out@0");
    await it.tab("Where the gradient goes");
    const terms = panel(it).locator(".terms li");
    it.equal("δout has two terms", await terms.count(), 2);
    await it.press(terms.nth(1).getByRole("button"));
    const name = await panel(it).locator('ul[aria-labelledby="cuts"]').innerText();
    it.true(`the name of the mistake: ${name}`, name.includes(it.given.cutOut.name));
    it.true("the step is said", /t = 0/.test(name));
    await it.press(button(it, "Undo"));
    await sequenceIs(it, it.given.values);
  },
};
