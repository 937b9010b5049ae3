// A visitor of a page: the same actions by mouse or by keys alone, and what must hold of the page after each of them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AXE } from "./browser.mjs";
import * as keyboard from "./keyboard.mjs";
import { isRounded, numberIn } from "./numbers.mjs";

const axe = AXE();
const RULES = {
  light: { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
  dark: { runOnly: { type: "rule", values: ["color-contrast"] } },
};

export class Visitor {
  /** `given` is what Python hands over: pages (paths by name) and the numbers that are expected. */
  constructor({ page, wrong, setting, given, folder }) {
    Object.assign(this, { page, wrong, setting, given, folder, byKeys: setting.hand === "keyboard", files: [] });
  }

  /** Open a page of the group, at an address if one is given. */
  async open(name, hash = "") {
    const path = this.given.pages[name];
    if (path === undefined) throw new Error(`no page is called ${name}`);
    // Else another address of the same page would not load it anew.
    if (this.page.url() !== "about:blank") await this.page.goto("about:blank");
    await this.page.goto(pathToFileURL(path).href + hash);
    await this.settle();
  }

  /** Until what was done is on the screen. */
  settle() {
    return this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
  }

  // What a person does --------------------------------------------------------------------------------------

  /** Press a button, a link, a box. */
  async press(locator, key = "Enter") {
    if (this.byKeys) {
      await keyboard.reach(this.page, locator);
      await this.key(key);
    } else {
      await locator.click();
      await this.settle();
    }
  }

  /** Tick a box, or take the tick away. */
  async tick(box, on = true) {
    if ((await box.isChecked()) !== on) await this.press(box, "Space");
    this.equal("the box is ticked", await box.isChecked(), on);
  }

  /** Choose an option of a select by its value. */
  async choose(select, value) {
    if (this.byKeys) await keyboard.choose(this.page, select, value);
    else await select.selectOption(String(value));
    await this.settle();
  }

  /** Turn to a tab, of tools or of layers. */
  async tab(name) {
    const tab = this.page.getByRole("tab", { name, exact: true });
    if (this.byKeys) await keyboard.tab(this.page, tab);
    else await tab.click();
    await this.settle();
  }

  /** Write into a field in place of what it has, and leave it by Enter. */
  async write(field, text, enter = "Enter") {
    if (this.byKeys) await keyboard.reach(this.page, field);
    else await field.click();
    await this.page.keyboard.press("Control+a");
    await this.page.keyboard.type(String(text));
    if (enter) await this.page.keyboard.press(enter);
    await this.settle();
  }

  /** Drag a control by so many pixels; by keys, press a key so many times. */
  async drag(locator, pixels, key, times) {
    if (this.byKeys) {
      await keyboard.reach(this.page, locator);
      for (let k = 0; k < times; k += 1) await this.page.keyboard.press(key);
    } else {
      await locator.scrollIntoViewIfNeeded();
      const box = await locator.boundingBox();
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await this.page.mouse.move(x, y);
      await this.page.mouse.down();
      for (let k = 1; k <= 5; k += 1) await this.page.mouse.move(x + (pixels * k) / 5, y);
      await this.page.mouse.up();
    }
    await this.settle();
  }

  /** Move a slider to a share (0 to 1) of its length. */
  async slide(slider, share) {
    if (this.byKeys) {
      await keyboard.reach(this.page, slider);
      await this.page.keyboard.press(share >= 0.5 ? "End" : "Home");
    } else {
      await slider.scrollIntoViewIfNeeded();
      const box = await slider.boundingBox();
      await this.page.mouse.click(box.x + 2 + share * (box.width - 4), box.y + box.height / 2);
    }
    await this.settle();
  }

  /** Press a key that the whole page listens to, or what has the focus; by keys alone nobody may lose it. */
  async key(name) {
    const lost = () => this.page.evaluate(() => document.activeElement === null || document.activeElement === document.body);
    const before = this.byKeys && (await lost());
    await this.page.keyboard.press(name);
    await this.settle();
    if (this.byKeys && !before && (await lost())) throw new Error("the focus was lost: nothing has it after this key");
  }

  /** Come to a control by Tab, or by a click on it. */
  async reach(locator) {
    if (this.byKeys) await keyboard.reach(this.page, locator);
    else await locator.click();
  }

  /** Save a file: gives its text, and keeps it for Python to read. */
  async save(locator) {
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.press(locator)]);
    mkdirSync(this.folder, { recursive: true });
    const name = download.suggestedFilename();
    const path = join(this.folder, `${this.files.length}-${name}`);
    await download.saveAs(path);
    this.files.push({ name, path });
    return { name, path };
  }

  // What must hold ------------------------------------------------------------------------------------------

  equal(what, found, expected) {
    const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
    if (one !== other) throw new Error(`${what}: ${one}, expected ${other}`);
  }

  true(what, found) {
    if (!found) throw new Error(`not so: ${what}`);
  }

  /** A printed number is a value that Python worked out, rounded to the digits of the page. */
  rounded(what, text, value, digits = 5) {
    const printed = typeof text === "number" ? text : numberIn(text);
    if (!isRounded(printed, value, digits)) throw new Error(`${what}: printed ${printed}, Python has ${value}`);
  }

  /** Wait until something is so; the last thing found is in the message. */
  async until(what, find, expected = true, within = 4000) {
    const end = Date.now() + within;
    let found;
    do {
      found = await find();
      if (JSON.stringify(found) === JSON.stringify(expected)) return;
      await this.page.waitForTimeout(40);
    } while (Date.now() < end);
    throw new Error(`${what}: ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
  }

  /**
   * No finding of axe, nothing wider than the window, all that axe cannot see. The theme is the setting's: the other hand
   * has the other one, and in the dark colours alone are another matter. An action of one hand alone is looked at in both.
   */
  async sound(state, { bothThemes = false } = {}) {
    await this.settle();
    const wide = await this.page.evaluate(() => {
      const [of, in_] = [document.documentElement.scrollWidth, document.documentElement.clientWidth];
      if (of <= in_) return "";
      const over = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > in_ + 1);
      return `${of} > ${in_} pixels: ${over.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(" | ")}`;
    });
    if (wide) this.#also(`${state}: the page scrolls sideways: ${wide}`);
    const empty = await this.page.evaluate(() => {
      const scrolled = document.documentElement.scrollHeight - Math.max(innerHeight, document.body.getBoundingClientRect().height);
      return Math.round(scrolled);
    });
    if (empty > 80) this.#also(`${state}: ${empty} pixels of nothing below the page's foot`);
    const [own, other] = this.setting.dark ? ["dark", "light"] : ["light", "dark"];
    await this.#axe(`${state}, ${own}`, RULES[own]);
    if (!bothThemes) return;
    await this.page.emulateMedia({ colorScheme: other });
    await this.settle();
    await this.#axe(`${state}, ${other}`, RULES[other]);
    await this.page.emulateMedia({ colorScheme: own });
    await this.settle();
  }

  async #axe(state, options) {
    // Colours that fade in or out have no contrast of their own: axe looks when they have come to rest.
    await this.page.evaluate(() => Promise.all(document.getAnimations().map((one) => {
      if (one.effect?.getComputedTiming().iterations !== Infinity) one.finish();
    })));
    if (!(await this.page.evaluate(() => "axe" in window))) await this.page.evaluate(`${axe}; undefined`);
    const found = await this.page.evaluate(async (how) => {
      const { violations } = await window.axe.run(document, { ...how, resultTypes: ["violations"] });
      return violations.map(({ id, help, nodes }) =>
        `${id}: ${help} (${nodes.length}) ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 140)} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ""}`).join(" | ")}`);
    }, options);
    for (const violation of found) this.#also(`axe, ${state}: ${violation}`);
  }

  /** Write down what is wrong with a state, and go on with the action. */
  #also(sentence) {
    this.wrong.push(sentence);
  }

  /** A picture, for a person to look at. */
  async picture(name) {
    if (!process.env.GATEWISE_PICTURES) return;
    const { width, hand, dark } = this.setting;
    mkdirSync(process.env.GATEWISE_PICTURES, { recursive: true });
    const path = join(process.env.GATEWISE_PICTURES, `${name}-${width}-${dark ? "dark" : "light"}-${hand}.png`);
    writeFileSync(path, await this.page.screenshot({ fullPage: true }));
  }
}
