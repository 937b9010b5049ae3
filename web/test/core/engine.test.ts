// The page's arithmetic equals the engine's: every quantity of every cell, forward, backward, gradients, update.
import { describe, expect, test } from "vitest";
import { Model } from "../../src/core/model";
import { at, CASES, farthest } from "./compare";

const NEAR = 1e-12; // relative to the largest of the quantity; float64 sums in another order

describe.each(CASES.engine.map((each) => [each.name, each] as const))("%s", (_, each) => {
  test("has the engine's values", () => {
    const worst = farthest(new Model(each.data), each.values);
    expect(worst.compared).toBeGreaterThan(10);
    expect(worst.apart, worst.key).toBeLessThan(NEAR);
  });

  test("has them after edits, and the old ones after undo", () => {
    const model = new Model(each.data);
    for (const [key, entry, value] of each.edits) model.set(at(`0:${key}`, entry), value);
    const worst = farthest(model, each.edited);
    expect(worst.apart, worst.key).toBeLessThan(NEAR);
    while (model.canUndo()) model.undo();
    const back = farthest(model, each.values);
    expect(back.apart, back.key).toBeLessThan(NEAR);
  });

  test("has them after ten updates, and the losses on the way", () => {
    const model = new Model(each.data);
    model.update(each.updates);
    const worst = farthest(model, each.updated);
    expect(worst.apart, worst.key).toBeLessThan(10 * NEAR);
    const losses = model.losses();
    expect(losses).toHaveLength(each.updates + 1);
    each.losses.forEach((loss, k) => expect(losses[k]).toBeCloseTo(loss, 10));
    model.rewind();
    const back = farthest(model, each.values);
    expect(back.apart, back.key).toBeLessThan(NEAR);
  });
});

describe.each(CASES.layers.map((each) => [each.name, each] as const))("%s", (_, each) => {
  test("has the values of each layer worked out by itself", () => {
    const worst = farthest(new Model(each.data), each.values);
    expect(worst.compared).toBeGreaterThan(50);
    expect(worst.apart, worst.key).toBeLessThan(NEAR);
  });
});

const RUNS = CASES.hand.flatMap(({ name, data, runs }) =>
  runs.map((run) => [`${name}, ${run.digits} digits, ${run.ties}`, data, run] as const),
);
test.each(RUNS)("by hand, every line is what the worksheet writes: %s", (_, data, { digits, ties, values }) => {
  const worst = farthest(new Model({ ...data, digits, ties, rounding: "hand" }), values);
  expect(worst.compared).toBeGreaterThan(10);
  expect(worst.apart, worst.key).toBe(0);
});
