// Where a gradient comes from: what entered at each step, and by which way it crossed each step's border.
import { expect, test } from "vitest";
import type { Share } from "../../src/core/api";
import { Model } from "../../src/core/model";
import { at, CASES, example } from "./compare";

const NAMES = ["lstm", "peephole", "coupled", "projected", "gru", "gru-reset-after", "mgu", "lstm+state-clip=0.2"];
const EACH = CASES.engine.filter(({ name }) => NAMES.includes(name) || / 16 units/.test(name));
const targets = (model: Model): string[] =>
  ["d_state", "d_out"].filter((name) => model.exists(at(`0:${name}@0`))).map((name) => `0:${name}@0`);
const total = (shares: Share[]): number => shares.reduce((sum, { value }) => sum + value, 0);

test.each(EACH.map((each) => [each.name, each] as const))("what entered adds up to the gradient: %s", (_, each) => {
  const model = new Model(each.data);
  for (const key of targets(model)) {
    const place = at(key, [0]);
    const shares = model.shares(place);
    const entered = shares.filter(({ path }) => path === "direct");
    expect(total(entered), key).toBeCloseTo(model.value(place), 10);
    const nothing = entered.every(({ value }) => value === 0); // a clipped state passes nothing on
    expect(entered.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(nothing ? 0 : 1, 10);
    const crossed = shares.filter(({ path }) => path === "state" || path === "out");
    expect(crossed.length).toBeGreaterThan(0);
  }
});

test.each(EACH.map((each) => [each.name, each] as const))("each is the gradient without all others: %s", (_, each) => {
  const model = new Model(each.data);
  for (const key of targets(model)) {
    const place = at(key, [0]);
    for (const { place: entering, value } of model.shares(place).filter(({ path }) => path === "direct")) {
      const alone = model.copy();
      alone.together(() => {
        for (let t = 0; t < each.data.blocks[0].steps; t++) {
          const label = at(`0:label@${t}`);
          if (t !== entering.t) model.shape(label).length && alone.set(label, NaN);
        }
      });
      expect(alone.value(place), `${key} from step ${entering.t}`).toBeCloseTo(value, 10);
    }
  }
});

test("what goes through the outputs is what a cut of Uᵀ takes away; by the state comes the rest", () => {
  const each = CASES.engine.find(({ name }) => name === "lstm")!;
  const model = new Model(each.data);
  const place = at("0:d_state@0", [1]);
  const shares = model.shares(place);
  for (const t of [0, 1, 2]) {
    const cut = model.copy();
    cut.cut({ block: 0, equation: "B8", t: t + 1, term: 0 });
    const through = (path: string): number =>
      total(shares.filter((each) => each.path === path && (path === "out" ? each.place.t : each.place.t! - 1) === t));
    expect(through("out")).not.toBe(0);
    expect(model.value(place) - cut.value(place)).toBeCloseTo(through("out"), 12);
    const later = total(shares.filter((each) => each.path === "direct" && each.place.t! > t));
    expect(through("out") + through("state")).toBeCloseTo(later, 12);
  }
});

test("they run from the last step to the gradient's own", () => {
  const model = new Model(example());
  const T = model.data.blocks[0].steps;
  const shares = model.shares(at("0:d_state@0", [0]));
  expect(shares[0].place).toEqual(at(`0:delta@${T - 1}`));
  expect(shares.map(({ path }) => path)).toContain("state");
  expect(model.shares(at("0:W", [0, 0]))).toEqual([]);
});

test("what a layer gets from above enters by the head", () => {
  const model = new Model(CASES.layers[1].data);
  const place = at("1:d_out@2", [0]);
  const shares = model.shares(place);
  const entered = shares.filter(({ path }) => path === "head");
  expect(total(entered)).toBeCloseTo(model.value(place), 12);
});
