// The three views: choose in the sequence, follow a wire of the cell, an operand of the line, what uses it, and back.
import * as keyboard from "../driver/keyboard.mjs";
import { hash, line, lineIs, sequence, sequenceIs } from "./page.mjs";

/** Click in the middle of a wire. */
async function tap(it, path) {
  const [x, y] = await path.evaluate((one) => {
    one.scrollIntoView({ block: "center" });
    const { x, y } = one.getPointAtLength(one.getTotalLength() * 0.45);
    const point = new DOMPoint(x, y).matrixTransform(one.getScreenCTM());
    return [point.x, point.y];
  });
  await it.page.mouse.click(x, y);
  await it.settle();
}

/** Go by arrows to the part of the cell with this name. */
async function walk(it, wanted) {
  const way = (skip) => it.page.evaluate(([pattern, not]) => {
    const all = [...document.querySelectorAll("[data-part]")];
    const to = all.find((one) => new RegExp(pattern).test(one.getAttribute("aria-label")));
    const now = document.activeElement;
    if (to === now) return "";
    const [dx, dy] = ["x", "y"].map((axis) => Number(to.dataset[axis]) - Number(now.dataset[axis]));
    const across = dx > 0 ? "ArrowRight" : "ArrowLeft";
    const down = dy > 0 ? "ArrowDown" : "ArrowUp";
    const [first, second] = Math.abs(dx) >= Math.abs(dy) ? [across, down] : [down, across];
    return not === first ? second : first;
  }, [wanted.source, skip]);
  let last = "";
  for (let k = 0; k < 40; k += 1) {
    const key = await way(k % 3 === 2 ? last : "");
    if (key === "") break;
    await it.key(key);
    last = key;
  }
  const name = await it.page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  it.true(`arrows lead to ${wanted}, not to ${name}`, wanted.test(name));
  return name;
}

const grid = (it) => sequence(it).locator("table[role=grid]");

export default {
  "the page opens with three views and the engine's numbers": async (it) => {
    await it.open("worked");
    it.equal("headings of the first level", await it.page.locator("h1").count(), 1);
    it.true("the sequence is there", await sequence(it).isVisible());
    it.true("the cell is there", await it.page.locator('[aria-labelledby="cell-title"] svg').first().isVisible());
    it.true("the line is there", await line(it).isVisible());
    await sequenceIs(it, it.given.values);
    await it.sound("as it opens");
    await it.picture("worked");
  },

  "a number of the sequence is chosen": async (it) => {
    await it.open("worked", "#0:a@0");
    if (it.byKeys) {
      await keyboard.reach(it.page, grid(it).locator("td[tabindex='0']"));
      for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"]) {
        await it.key(key);
      }
    } else {
      const row = grid(it).locator("tbody tr").filter({ has: it.page.locator("th .name", { hasText: /^state$/ }) });
      await it.press(row.locator("td[data-at]").nth(2)); // after −1 and 0
    }
    await it.until("the address, when the arrows rest", () => hash(it), "#0:state@1");
    it.true("its line is shown", await lineIs(it, it.given.values));
    it.true("the title names it", (await it.page.title()).includes("state"));
  },

  "the backward pass lies over the sequence": async (it) => {
    await it.open("worked");
    const toggle = sequence(it).getByRole("button", { name: "Backward pass" });
    await it.press(toggle);
    it.equal("pressed", await toggle.getAttribute("aria-pressed"), "true");
    const keys = await sequenceIs(it, it.given.values);
    for (const key of ["d_state@0[]", "d_out@1[]", "d_f@1[]", "delta_out@0[]", "delta@1[]", "d_x@0[1]"]) {
      it.true(`${key} is among them`, keys.includes(key));
    }
    await it.sound("backward");
    await it.picture("backward");
    await it.key("b");
    it.equal("b takes it off", await toggle.getAttribute("aria-pressed"), "false");
  },

  "wires and parts of the cell lead to their lines": async (it) => {
    await it.open("worked", "#0:out@1");
    const cell = it.page.locator('[aria-labelledby="cell-title"]');
    const parts = cell.locator("[data-part]");
    it.true(`parts and wires can be chosen: ${await parts.count()}`, (await parts.count()) >= 20);
    const places = new Set();
    const chosen = async (name) => {
      const place = await hash(it);
      it.true(`${name}: a line with Python's numbers at ${place}`, await lineIs(it, it.given.values));
      places.add(place);
    };
    if (it.byKeys) {
      for (const wanted of [/σ f₁ = /, /tanh a₁ = /, /state₁ = /]) {
        await keyboard.reach(it.page, cell.locator("[data-part][tabindex='0']"));
        const name = await walk(it, wanted);
        await it.key("Enter");
        await chosen(name);
      }
    } else {
      const names = await parts.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
      it.equal("parts without a name", names.filter((name) => !name).length, 0);
      for (const name of [/f₁ = /, /state₁ = /, /^i₁ into ⊙/, /^x₁ into/, /^state₁ into tanh/]) {
        const k = names.findIndex((one) => name.test(one));
        it.true(`a part ${name} among ${names}`, k >= 0);
        const wire = parts.nth(k).locator(".hit");
        if ((await wire.count()) === 0) await it.press(parts.nth(k));
        else await tap(it, wire);
        await chosen(names[k]);
      }
    }
    it.true(`several places: ${[...places]}`, places.size >= 3);
    await it.press(it.page.locator('[aria-labelledby="sequence-title"]').getByRole("button", { name: "Backward pass" }));
    await it.sound("cell with its backward pass");
    await it.picture("cell");
  },

  "arrows lead to every part and wire of the cell": async (it) => {
    if (!it.byKeys) return;
    await it.open("worked", "#0:out@1");
    await it.press(it.page.locator('[aria-labelledby="sequence-title"]').getByRole("button", { name: "Backward pass" }));
    await keyboard.reach(it.page, it.page.locator("[data-part][tabindex='0']"));
    const unreached = await it.page.evaluate(async () => {
      const parts = [...document.querySelectorAll("[data-part]")];
      const found = new Set([document.activeElement]);
      const left = [document.activeElement];
      const svg = document.activeElement.ownerSVGElement;
      for (let from = left.pop(); from; from = left.pop()) {
        for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
          from.focus();
          from.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
          const to = document.activeElement;
          if (!found.has(to) && svg.contains(to)) left.push(to), found.add(to);
        }
      }
      return parts.filter((one) => !found.has(one)).map((one) => one.getAttribute("aria-label"));
    });
    it.equal("parts that no arrow leads to", unreached, []);
  },

  "every operand of a line leads to its own line": async (it) => {
    await it.open("worked", "#0:d_state@0");
    const operands = line(it).locator(".formula p").first().locator("button");
    const count = await operands.count();
    it.true(`the line of δstate has operands: ${count}`, count >= 5);
    const seen = new Set();
    for (let k = 0; k < count; k += 1) {
      const name = await operands.nth(k).innerText();
      await it.press(operands.nth(k));
      await it.until(`${name} leads elsewhere`, async () => (await hash(it)) !== "#0:d_state@0");
      seen.add(await hash(it));
      it.true(`a line with a result, of ${name}`, await lineIs(it, it.given.values));
      await it.page.goBack();
      await it.until("back", () => hash(it), "#0:d_state@0");
    }
    for (const place of ["#0:d_out@0", "#0:o@0", "#0:state@0", "#0:d_state@1", "#0:f@1"]) {
      it.true(`one leads to ${place} of ${[...seen]}`, seen.has(place));
    }
  },

  "used by leads on, the way leads back": async (it) => {
    await it.open("worked", "#0:state@0");
    const uses = line(it).locator(".uses button");
    it.true("state₀ is used by several lines", (await uses.count()) >= 3);
    await it.press(uses.first());
    const second = await hash(it);
    it.true("elsewhere", second !== "#0:state@0");
    await it.press(line(it).locator(".uses button").first());
    const way = line(it).locator("nav button");
    it.equal("steps of the way", await way.count(), 2);
    await it.sound("a way of three");
    await it.press(way.nth(0));
    it.equal("the way leads back", await hash(it), "#0:state@0");
    await it.page.goBack();
    await it.page.goBack();
    await it.until("the browser's back", () => hash(it), second);
    await it.page.goForward();
    await it.page.goForward();
    await it.until("and forward", () => hash(it), "#0:state@0");
  },

  "every place has an address, which a reload keeps": async (it) => {
    await it.open("worked");
    for (const place of it.given.places) {
      await it.page.evaluate((to) => (location.hash = to), place);
      await it.until(`the line of ${place}`, async () => {
        const id = await line(it).locator("header .id code").innerText();
        return id !== "" && (await lineIs(it, it.given.values));
      });
    }
    for (const place of it.given.places.slice(-2)) {
      await it.page.evaluate((to) => (location.hash = to), place);
      await it.settle();
      const title = await line(it).locator("h2").getAttribute("aria-label");
      await it.page.reload();
      await it.settle();
      it.equal("kept over a reload", [await hash(it), await line(it).locator("h2").getAttribute("aria-label")], [place, title]);
    }
  },

  "an address of nothing opens the page all the same": async (it) => {
    for (const wrong of ["#0:zzz@4", "#9:a@0", "#0:a@77", "#%E0%A4", "#0:W[7,7]"]) {
      await it.open("worked", wrong);
      it.true(`the line is there at ${wrong}`, await line(it).isVisible());
    }
  },

  "one entry of a matrix is chosen": async (it) => {
    await it.open("worked", "#0:d_W");
    it.true("all of it", await lineIs(it, it.given.values));
    const [row, column] = [line(it).getByLabel("row"), line(it).getByLabel("column")];
    await it.choose(row, 2);
    await it.choose(column, 1);
    it.equal("the address", await hash(it), "#0:d_W[2,1]");
    it.true("its own line", await lineIs(it, it.given.values));
    await it.sound("an entry");
  },

  "the first Tab leads past the sequence to the line": async (it) => {
    await it.open("worked", "#0:f@1");
    await it.page.keyboard.press("Tab");
    await it.page.keyboard.press("Enter");
    await it.until("the focus", () => it.page.evaluate(() => document.activeElement?.id), "line-title");
    it.equal("the place stays", await hash(it), "#0:f@1");
  },
};
