// Other models: another cell, many units, long sequences, layers with a head, a cell of one's own.
import { numbersIn } from "../driver/numbers.mjs";
import { button, hash, line, lineIs, loss, panel, sequence } from "./page.mjs";

const TOOLS = ["Step", "Now you", "What if", "Hold a gate", "Where the gradient goes", "Nudge", "Update", "Take away"];

/** Open a page, compare the loss and some lines with Python, look at every tool. */
async function tour(it, name, tools = TOOLS) {
  const { places, loss: expected } = it.given.models[name];
  await it.open(name);
  it.rounded("the loss", await loss(it), expected);
  await it.sound(`${name}, as it opens`);
  await it.picture(name);
  for (const [place, value] of Object.entries(places)) {
    await it.page.evaluate((to) => (location.hash = to), place);
    await it.settle();
    it.equal("the address", await hash(it), place);
    const text = await line(it).locator(".result").innerText();
    it.rounded(`the line of ${place}`, numbersIn(text.slice(text.lastIndexOf("=") + 1))[0], value);
  }
  const toggle = sequence(it).getByRole("button", { name: "Backward pass" });
  await it.press(toggle);
  for (const tool of tools) {
    await it.tab(tool);
    it.true(`${tool} has something`, (await panel(it).innerText()).trim().length > 20);
  }
  await it.sound(`${name}, backward`);
  await it.picture(`${name}-backward`);
}

/** Change a weight, see the loss that Python has, undo. */
async function change(it, name) {
  const { changed, loss: before } = it.given.models[name];
  await it.page.evaluate((to) => (location.hash = to), `#${changed.place}`);
  await it.tab("What if");
  await it.write(panel(it).getByLabel("new value"), changed.value);
  it.rounded("the loss after", await loss(it), changed.loss);
  await it.press(button(it, "Undo"));
  it.rounded("undone", await loss(it), before);
}

export default {
  "a GRU": async (it) => {
    await tour(it, "gru");
    await change(it, "gru");
  },

  "eight units, twenty steps": async (it) => {
    await tour(it, "middle");
    await change(it, "middle");
    const maps = sequence(it).getByRole("application");
    const told = () => sequence(it).locator("#heat-told").innerText();
    const before = await hash(it);
    if (it.byKeys) {
      await it.reach(maps);
      for (const key of ["End", "PageDown", "ArrowDown"]) await it.key(key);
    } else {
      const canvas = maps.locator("canvas").nth(4);
      await canvas.scrollIntoViewIfNeeded();
      const box = await canvas.boundingBox();
      await canvas.click({ position: { x: box.width - 3, y: 10 } });
    }
    await it.settle();
    await it.until(`another place than ${before}`, async () => /@19/.test(await hash(it)));
    it.true(`told: ${await told()}`, /t = 19/.test(await told()));
  },

  "sixty-four units, 168 steps": async (it) => {
    await tour(it, "large");
    await change(it, "large");
  },

  "two layers and a head": async (it) => {
    await tour(it, "layers");
    await change(it, "layers");
    for (const [k, name] of it.given.models.layers.names.entries()) {
      await it.tab(name);
      it.true(`${name} is shown: ${await hash(it)}`, (await hash(it)).startsWith(`#${k}:`));
      await it.sound(name);
      await it.picture(`layers-${k}`);
    }
    await it.page.evaluate(() => (location.hash = "#1:x@2"));
    await it.settle();
    const operands = line(it).locator(".formula button");
    it.true("what an upper layer reads leads to the layer below", (await operands.count()) > 0);
    await it.press(operands.first());
    it.true(`one below: ${await hash(it)}`, (await hash(it)).startsWith("#0:out@2"));
  },

  "a cell of one's own": async (it) => {
    await tour(it, "own");
    await change(it, "own");
    await it.tab("Take away");
    await it.save(panel(it).getByRole("button", { name: /^Save the model as TOML/ }));
  },

  "a forward pass without labels": async (it) => {
    await it.open("forward", "#0:out@1");
    it.true("a sequence", await sequence(it).isVisible());
    for (const tool of TOOLS) await it.tab(tool);
    await it.sound("without labels");
    it.true("its line", await lineIs(it, it.given.forward));
    await it.picture("forward");
  },
};
