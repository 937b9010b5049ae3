// Step through the order of work, play it, keys and their dialog.
import { button, hash, line, lineIs, panel } from "./page.mjs";

const at = async (it) => Number(/Line (\d+) of/.exec(await panel(it).locator("p").first().innerText())?.[1] ?? 0);

export default {
  "n and Next go through all lines, in the order of work": async (it) => {
    await it.open("worked");
    const next = button(it, "Next n");
    const way = [await hash(it)];
    let judged = 0;
    for (let k = 0; k < 200; k += 1) {
      if ((await hash(it)) !== "" && (await lineIs(it, it.given.values))) judged += 1;
      if (await next.isDisabled()) break;
      if (it.byKeys) await it.key("n");
      else await it.press(next);
      way.push(await hash(it));
    }
    it.true(`lines that Python has: ${judged} of ${way.length}`, judged >= way.length - 1 && judged > 35);
    it.equal("every line once", new Set(way).size, way.length);
    const place = (key) => way.indexOf(`#0:${key}`);
    const order = ["i@0", "state@0", "out@0", "a@1", "out@1", "loss", "d_out@1", "d_state@1", "d_state@0", "d_W", "W_new"];
    const found = order.map(place);
    it.equal("in the order of work", found, [...found].sort((one, other) => one - other));
    it.true(`all are there: ${found}`, !found.includes(-1));
    it.equal("n at the end stays", (await it.key("n"), await hash(it)), way.at(-1));
    if (it.byKeys) await it.key("p");
    else await it.press(button(it, "Back p"));
    it.equal("p goes back", await hash(it), way.at(-2));
    await it.sound("stepping");
  },

  "play goes on by itself, and pauses": async (it) => {
    await it.open("worked");
    const speed = panel(it).getByLabel("speed");
    if (it.setting.reduced) it.equal("slow where motion is unwelcome", Number(await speed.inputValue()), 0.5);
    await it.slide(speed, 1);
    await it.press(button(it, "Play"));
    await it.until("it goes on", async () => (await at(it)) >= 4);
    await it.sound("playing");
    if ((await button(it, "Pause").count()) > 0) await it.press(button(it, "Pause"));
    const stopped = await hash(it);
    await it.page.waitForTimeout(300);
    it.equal("it pauses", await hash(it), stopped);
    await it.press(button(it, "From the start"));
    it.equal("from the start", await at(it), 1);
    await it.slide(panel(it).getByLabel("line", { exact: false }).last(), 1);
    it.true("the slider leads to the last lines", (await at(it)) > 35);
  },

  "a dialog lists the keys, and letters can be switched off": async (it) => {
    await it.open("worked", "#0:a@0");
    const opener = it.page.locator("header").getByRole("button", { name: "Help" });
    await it.press(opener);
    const dialog = it.page.getByRole("dialog");
    it.true("the dialog is open", await dialog.isVisible());
    it.true("the focus is in it", await it.page.evaluate(() => document.activeElement?.closest("dialog") !== null));
    await it.sound("the dialog");
    await it.picture("keys");
    await it.tick(dialog.getByRole("checkbox"), false);
    await it.page.keyboard.press("Escape");
    await it.until("Escape closes it", () => dialog.isVisible(), false);
    it.true("the focus is back at its button", await opener.evaluate((one) => one === document.activeElement));
    const before = await hash(it);
    await it.key("n");
    it.equal("n is no key now", await hash(it), before);
    await it.page.reload();
    await it.settle();
    await it.key("n");
    it.equal("nor after a reload", await hash(it), before);
    await it.press(it.page.locator("header").getByRole("button", { name: "Help" }));
    await it.tick(dialog.getByRole("checkbox"), true);
    await it.press(dialog.getByRole("button", { name: "Close" }));
    await it.key("n");
    it.true("n is a key again", (await hash(it)) !== before);
    await it.page.keyboard.press("?");
    it.true("? opens it, too", await dialog.isVisible());
  },

  "a letter typed into a field is no key": async (it) => {
    await it.open("worked", "#0:a@0");
    await it.reach(it.page.getByLabel("digits"));
    await it.page.keyboard.type("nbp");
    it.equal("the place stays", await hash(it), "#0:a@0");
    await it.page.keyboard.press("Escape");
    it.true("the line is there", await line(it).isVisible());
  },
};
