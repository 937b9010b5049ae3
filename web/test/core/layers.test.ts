// Layers and a head: lines and the learner go from block to block.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Place } from "../../src/core/api";
import type { PageData } from "../../src/core/data";
import { evaluate, flat, valueOf } from "../../src/core/evaluate";
import { placeOf } from "../../src/core/keys";
import { Learner } from "../../src/core/learner";
import { lines } from "../../src/core/lines";
import { ModelSheet } from "../../src/core/marking/model-sheet";
import { entryAt } from "../../src/core/marking/sheet";
import { Model } from "../../src/core/model";

const { layers } = JSON.parse(readFileSync(new URL("../data/models.json", import.meta.url), "utf8")) as {
  layers: { data: PageData }[];
};
const options = { digits: 4, notation: "document" };

const stacks = layers.filter(({ data }) => data.blocks.length > 1);

describe("a head that reads the last rows of x beside the outs", () => {
  const page = stacks.map(({ data }) => data).find(({ blocks }) => blocks[2]?.beside) as PageData;
  const recent = placeOf(2, "recent", 0);
  const x = (t: number, k: number, name = "x"): Place => ({ ...placeOf(0, name, t), entry: [k] });

  test("a changed row moves what the head says, at once and by both ways", () => {
    const model = new Model(page);
    const [before, D] = [model.values(placeOf(2, "y", 0)), page.blocks[0].sizes.D];
    model.set(x(4, 1), 3);
    expect(model.values(recent)[D + 1]).toBe(3);
    expect(model.values(placeOf(2, "y", 0))).not.toEqual(before);
    expect(model.canSet(recent)).toBe(false);
  });

  test("the gradient of x is what both ways bring", () => {
    const model = new Model(page);
    for (const t of [2, 3, 4]) {
      const { estimate, gradient } = model.nudge(x(t, 0), 1e-5);
      expect(Math.abs(estimate - gradient)).toBeLessThan(1e-8);
      const [through] = model.values(x(t, 0, "d_x"));
      expect(Math.abs(gradient - through) > 1e-3).toBe(t > 2);
    }
  });

  test("its rows lead to x, and x to it", () => {
    const model = new Model(page);
    expect(model.operands(recent)).toEqual([placeOf(0, "x", 3), placeOf(0, "x", 4)]);
    expect(model.usedBy(placeOf(0, "x", 4))).toContainEqual(recent);
    expect(model.usedBy(placeOf(0, "x", 2))).not.toContainEqual(recent);
  });
});

describe.each(stacks.map(({ data }, k) => [k, data] as const))("stack %d", (_, page) => {
  const model = new Model(page);
  const blocks = page.blocks.map((block, k) => [k, block] as const);

  test("every line has its sides", () => {
    for (const place of model.order()) {
      const line = lines.line(model, place, options);
      expect(lines.text(line).split(" = ").length).toBeGreaterThan(line.tooLong ? 2 : 3);
      expect(lines.latex(model, place, options)).not.toContain("undefined");
    }
  });

  test("what a block takes from the one below it says so, and leads there", () => {
    for (const [k] of blocks.slice(1)) {
      const [from] = model.operands(placeOf(k, "x", 0));
      const line = lines.line(model, placeOf(k, "x", 0), options);
      expect(line.formula).toMatchObject([{ kind: "operand", place: from }]);
      expect(from.block).toBe(k - 1);
      expect(lines.fromHash(lines.toHash(from), model)).toEqual(from);
    }
  });

  test("a learner works all of it out", () => {
    const learner = new Learner(model);
    const sheet = new ModelSheet(model, learner.digits);
    const counts: Record<string, number> = {};
    learner.start();
    expect(learner.hides(placeOf(1, "x", 0))).toBe(true);
    for (let place = learner.next; place; place = learner.next) {
      const { verdict } = learner.answer(sheet.item(place).key);
      counts[verdict] = (counts[verdict] ?? 0) + 1;
    }
    expect(Object.keys(counts)).toEqual(["right"]);
    expect(learner.score().points).toBe(counts.right);
  });

  test("own numbers of a lower layer are what the upper one is judged on", () => {
    const learner = new Learner(model, 6);
    const sheet = new ModelSheet(model, 6);
    const upper = model.order().find(({ block }) => block === 1) as Place;
    const x = model.operands(upper).find(({ name }) => name === "x") as Place;
    const below = sheet.id(model.operands(x)[0]);
    const right = sheet.line(below).value;
    const wrong = valueOf(flat(right).map((value) => Number((value + 0.5).toFixed(6))), right.shape);
    learner.start();
    for (
      let place = learner.next as Place;
      sheet.id({ ...place, entry: null }) !== sheet.id(upper);
      place = learner.next as Place
    ) {
      const mine = sheet.id({ ...place, entry: null }) === below;
      learner.answer(mine ? String(entryAt(wrong, place.entry ?? [])) : sheet.item(place).key);
      if (learner.next === place) learner.skip();
    }
    const { left, tree } = { ...sheet.line(sheet.id(upper)), left: sheet.line(below).left };
    const follows = flat(evaluate(tree, sheet.read(sheet.id(upper), new Map([[left, wrong]]))))[0];
    expect(learner.answer(follows.toFixed(6))).toMatchObject({ verdict: "follows", points: 1 });
  });

  test("one layer is taken away as a problem file that says which it is; a head is refused, as is a key", () => {
    expect(lines.toml(model)).toMatch(/^# \w+( \d)? alone; a problem file has one layer\.\n/);
    expect(() => lines.toml(model, page.blocks.length - 1)).toThrow("A head is no cell");
    expect(() => lines.key(new Learner(model))).toThrow("single cell");
  });
});
