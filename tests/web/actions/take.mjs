// Take away: the model as TOML, a line as text and LaTeX, pictures as SVG; saved, and copied.
import { readFileSync } from "node:fs";
import { button, panel } from "./page.mjs";

const saver = (it, what) => panel(it).getByRole("button", { name: new RegExp(`^Save ${what}`) });

export default {
  "model, line and pictures are saved": async (it) => {
    await it.open("worked", "#0:d_state@0");
    await it.tab("Take away");
    await it.sound("take away");
    await it.picture("take");
    const model = await it.save(saver(it, "the model as TOML"));
    it.true(`a TOML file: ${model.name}`, model.name.endsWith(".toml"));
    const text = await it.save(panel(it).getByRole("button", { name: /^Save the line .* as text$/ }));
    it.true("the line's numbers", readFileSync(text.path, "utf8").includes(it.given.printed));
    const latex = await it.save(panel(it).getByRole("button", { name: /^Save the line .* as LaTeX$/ }));
    it.true("LaTeX", /\\delta|\\odot/.test(readFileSync(latex.path, "utf8")));
    for (const picture of ["sequence", "cell"]) {
      const { name } = await it.save(saver(it, `the picture of the ${picture}`));
      it.true(`an SVG file: ${name}`, name.endsWith(".svg"));
    }
    it.true("said", (await it.page.locator(".tools [role=status]").last().innerText()).startsWith("Saved"));
  },

  "a changed model is taken away as it is now": async (it) => {
    await it.open("worked", `#${it.given.typed.place}`);
    await it.tab("What if");
    await it.write(panel(it).getByLabel("new value"), it.given.typed.value);
    await it.tab("Take away");
    await it.save(saver(it, "the model as TOML"));
    it.facts = { changed: true };
  },

  "a line is copied, or shown to be copied": async (it) => {
    await it.open("worked", "#0:out@1");
    await it.tab("Take away");
    await it.press(panel(it).getByRole("button", { name: /^Copy the line .* as text$/ }));
    const said = panel(it).locator("p").first();
    await it.until("an answer", async () => (await said.count()) > 0);
    const shown = await panel(it).locator("textarea").count();
    const copied = (await said.innerText()).startsWith("Copied");
    it.true(`copied, or shown: ${await said.innerText()}`, copied || shown === 1);
    await it.sound("copied");
    it.true("the focus is still on the page's controls", await it.page.evaluate(() => document.activeElement !== document.body));
    it.equal("nothing was answered yet", await panel(it).getByRole("button", { name: /^Save the answers/ }).isDisabled(), true);
  },
};
