// A window of a trained run: what was forecast, and how it moves with an input.
import { numbersIn } from "../driver/numbers.mjs";
import { button, chooser, hash, panel, sequence } from "./page.mjs";

const rows = (it) => panel(it).getByRole("group", { name: "The forecast" }).locator("tbody tr")
  .evaluateAll((all) => all.map((row) => [...row.cells].slice(1).map((cell) => cell.innerText)));

/** The curves of what was measured and of the forecast, as they are drawn. */
const curves = (it) => panel(it).getByRole("img", { name: /^Forecast/ }).locator(".curve")
  .evaluateAll((all) => all.map((one) => one.getAttribute("d")));

const near = (it, what, printed, value) =>
  it.true(`${what}: ${printed}, Python has ${value}`, Math.abs(numbersIn(printed)[0] - value) <= 1e-5 * Math.max(1, Math.abs(value)));

export default {
  "the forecast is the run's": async (it) => {
    const { forecast } = it.given;
    await it.open("run");
    it.equal("the page opens at it", await it.page.getByRole("tab", { name: "Forecast" }).getAttribute("aria-selected"), "true");
    const found = await rows(it);
    it.equal("outputs", found.length, forecast.length);
    found.forEach((row, k) => near(it, `forecast ${k}`, row[2], forecast[k]));
    it.true("in the sequence's own table, too", (await sequence(it).getByRole("list", { name: /^Forecast after the last step/ }).count()) === 1);
    for (const path of await curves(it)) it.equal("points of a curve", path.split("L").length, forecast.length);
    await it.sound("a run");
    await it.picture("run");
  },

  "an input is changed, and the forecast moves": async (it) => {
    const { forecast, change } = it.given;
    await it.open("run");
    await it.choose(chooser(it, "row"), change.t);
    await it.choose(chooser(it, "input"), change.column);
    const field = panel(it).locator(".field input");
    const [measured, before] = await curves(it);
    await it.write(field, change.value);
    const found = await rows(it);
    const [same, now] = await curves(it);
    it.true(`the forecast's curve moves, ${before}, ${now}`, before !== now && measured && same);
    found.forEach((row, k) => {
      near(it, `as it came ${k}`, row[0], forecast[k]);
      near(it, `now ${k}`, row[2], change.forecast[k]);
    });
    it.true("it has moved", change.forecast.some((one, k) => Math.abs(one - forecast[k]) > 1e-6));
    await it.sound("an input changed");
    await it.press(button(it, "Undo"));
    (await rows(it)).forEach((row, k) => near(it, `back ${k}`, row[2], forecast[k]));
    await it.slide(panel(it).locator("input[type=range]"), 0.9);
    it.true("the slider moves it, too", (await rows(it)).some((row) => row[3] !== "–"));
    await it.press(button(it, "Reset"));
    await it.tick(panel(it).getByLabel("shift all rows by the same amount"));
    await it.write(field, change.value);
    it.true("every row at once", (await rows(it)).some((row, k) => Math.abs(numbersIn(row[2])[0] - change.forecast[k]) > 1e-7));
  },

  "the forecast starts from the last value that is typed": async (it) => {
    await it.open("run");
    const last = panel(it).locator("select").first();
    await it.choose(chooser(it, "row"), (await last.locator("option").count()) - 1);
    await it.choose(chooser(it, "input"), 0);
    const field = panel(it).locator(".field input");
    await it.write(field, Number(await field.inputValue()) + 1);
    for (const row of await rows(it)) {
      const [came, now] = [row[0], row[2]].map((cell) => numbersIn(cell)[0]);
      it.true(`${came}, with the last value higher by 1 ${now}`, Math.abs(now - came - 1) < 0.5);
    }
  },

  "which inputs matter, and memory, are said": async (it) => {
    await it.open("run", "#0:out@11[0]");
    const matter = panel(it).getByRole("group", { name: "Which inputs matter" }).locator("tbody tr");
    it.true("inputs are listed", (await matter.count()) >= 2);
    it.true("memory", (await sequence(it).locator(".memory").innerText()).includes("Memory."));
    const units = sequence(it).locator("summary").filter({ hasText: "Units one by one" });
    await it.press(units);
    it.true("unit by unit", (await sequence(it).locator("details[open] tbody tr").count()) >= 2);
    await it.sound("memory");
  },

  "the heat maps are walked": async (it) => {
    await it.open("run");
    const maps = sequence(it).getByRole("application");
    if ((await maps.count()) === 0) return; // few units: bars
    const told = () => sequence(it).locator("#heat-told").innerText();
    if (it.byKeys) {
      await it.reach(maps);
      for (const key of ["PageDown", "ArrowRight", "ArrowRight", "ArrowDown"]) await it.key(key);
    } else {
      const canvas = maps.locator("canvas").nth(3);
      await canvas.scrollIntoViewIfNeeded();
      await canvas.click({ position: { x: 60, y: 5 } });
    }
    await it.settle();
    await it.until("a place is chosen", async () => /^#\d+:[a-z_]+@\d+\[\d+\]$/.test(await hash(it)));
    it.true(`and told: ${await told()}`, numbersIn(await told()).length >= 2);
  },
};
