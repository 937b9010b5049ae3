// Now you: numbers hidden, typed and judged; hint, solution, score; the answers saved.
import { numbersIn } from "../driver/numbers.mjs";
import { button, hash, line, numbersOfSequence, panel, sequenceIs, valueOf } from "./page.mjs";

const field = (it) => panel(it).locator("#answer");
const verdict = (it) => panel(it).locator(".verdict").first().innerText();
const judge = async (it, text) => {
  await it.write(field(it), text);
};
/** What Python has for the number that is asked for now, with five decimals. */
async function right(it) {
  const [, key, entry = ""] = /^#0:([^[]+)(?:\[(.*)\])?$/.exec(await hash(it)) ?? [];
  if (key === undefined) throw new Error(`no entry is asked for at ${await hash(it)}`);
  return valueOf(it.given.values, `${key}[${entry}]`);
}
const answerRight = async (it) => judge(it, (await right(it)).toFixed(5));

/** Save the answers, and the key to mark them by. */
async function saveBoth(it) {
  await it.save(button(it, "Save the answers for gatewise mark"));
  await it.save(button(it, "Save the key to mark them by"));
}

async function begin(it) {
  await it.open("worked");
  await it.tab("Now you");
  await it.press(button(it, "Begin at the first number"));
  it.true("the focus is in the field", await field(it).evaluate((one) => one === document.activeElement));
  it.true("which is to be seen", (await panel(it).locator("form").boundingBox()).width > 200);
}

export default {
  "numbers are hidden until they are worked out; answers are judged": async (it) => {
    const { values } = it.given;
    await begin(it);
    const hidden = await numbersOfSequence(it);
    const shown = Object.keys(hidden).filter((key) => hidden[key] !== "?");
    it.equal("shown is what is given alone", shown.filter((key) => !/^(x|label)@|@-1/.test(key)), []);
    it.true("the line has no result", (await line(it).locator(".result").innerText()).includes("?"));
    it.true("nor does the cell", !(await it.page.locator('[aria-labelledby="cell-title"] svg').innerHTML()).includes("0.81775"));
    it.true("nor do the names of its parts", !(await it.page.locator("body").innerHTML()).includes("0.53631"));
    await it.sound("an exercise");
    await it.picture("learn");
    await answerRight(it);
    it.true(`right: ${await verdict(it)}`, (await verdict(it)).startsWith("Right."));
    it.equal("and on to the next", await hash(it), "#0:i@0[0]");
    it.rounded("what was worked out is shown", (await numbersOfSequence(it))["a@0[]"], values["a@0"][0]);

    await judge(it, "9.9");
    it.true(`wrong: ${await verdict(it)}`, (await verdict(it)).startsWith("Not right."));
    it.equal("it stays", await hash(it), "#0:i@0[0]");
    await it.sound("a wrong answer");
    await it.press(button(it, "Hint"));
    it.true(`a hint: ${await verdict(it)}`, (await verdict(it)).length > 20);
    it.true("that does not tell the number", !(await verdict(it)).includes(values["i@0"][0].toFixed(4)));
    await answerRight(it);
    it.equal("on", await hash(it), "#0:f@0[0]");
    await it.press(button(it, "Solution"));
    it.true(`the solution: ${await verdict(it)}`, (await verdict(it)).includes(values["f@0"][0].toFixed(5)));
    it.equal("and on", await hash(it), "#0:o@0[0]");
    await it.press(button(it, "Leave it out"));
    it.equal("left out", await hash(it), "#0:state@0[0]");
    await judge(it, "abc");
    it.true(`not read: ${await verdict(it)}`, (await verdict(it)).startsWith("Not read."));
    const score = await panel(it).locator("p").filter({ hasText: "points." }).first().innerText();
    it.equal(`points: ${score}`, numbersIn(score).slice(0, 1), [1.5]);
    it.true("how they came about", score.length > 30);
    const rows = await panel(it).getByRole("group", { name: "Numbers tried" }).locator("tbody tr").allInnerTexts();
    it.equal("numbers tried", rows.length, 5);
    await it.sound("a score");
    await it.picture("score");
    await saveBoth(it);
    await it.page.keyboard.press("Escape");
    await it.settle();
    await sequenceIs(it, values);
  },

  "an own slip is carried on, and what follows from it counts": async (it) => {
    const { slip } = it.given;
    await begin(it);
    await judge(it, slip.misprint);
    it.true(`nearly: ${await verdict(it)}`, (await verdict(it)).startsWith("Nearly."));
    for (let k = 0; k < 3; k += 1) await answerRight(it);
    it.equal("at the state", await hash(it), "#0:state@0[0]");
    await judge(it, slip.follows);
    it.true(`follows: ${await verdict(it)}`, (await verdict(it)).startsWith("Right from your numbers."));
  },

  "a known mistake is named": async (it) => {
    const { mistake } = it.given;
    await it.open("worked", "#0:out@0");
    await it.key("y");
    it.equal("begun at this line", await hash(it), "#0:out@0[0]");
    await judge(it, mistake.answer);
    it.true(`named: ${await verdict(it)}`, (await verdict(it)).includes(mistake.name));
    await answerRight(it);
    await it.press(button(it, "Stop Esc"));
    it.true("over", await button(it, "Begin at the first number").isVisible());
  },

  "nothing can be changed during an exercise": async (it) => {
    await begin(it);
    await it.tab("What if");
    const dial = panel(it).locator("[role=slider]").first();
    it.equal("dials are off", await dial.getAttribute("aria-disabled"), "true");
    await it.sound("what if during an exercise");
    for (const tool of ["Hold a gate", "Where the gradient goes", "Nudge", "Update", "Take away", "Step"]) {
      await it.tab(tool);
      const text = await panel(it).innerText();
      it.true(`${tool} does not tell a hidden number`, !/0\.53631|0\.81775|0\.77198/.test(text));
    }
  },

  "the whole sheet is worked through": async (it) => {
    if (!it.byKeys) return;
    await begin(it);
    const last = () => panel(it).getByText("That was the last number.").count();
    let count = 0;
    while ((await last()) === 0 && count < 120) {
      await answerRight(it);
      count += 1;
    }
    it.true(`to the end, ${count} numbers`, (await last()) === 1 && count > 39);
    const score = numbersIn(await panel(it).locator("p").filter({ hasText: "points." }).first().innerText());
    it.equal("all points", score.slice(0, 2), [count, count]);
    await it.sound("at the end", { bothThemes: true });
    await saveBoth(it);
    it.facts = { whole: count };
    await it.press(button(it, "Show all numbers again"));
    await sequenceIs(it, it.given.values);
  },
};
