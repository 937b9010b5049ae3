// The sequence: which quantities it shows, how long units remember, where arrows lead, what colours numbers have.
import { describe, expect, test } from "vitest";
import { limitsOf, paint } from "../../src/app/sequence/colours";
import { cellByKey } from "../../src/app/sequence/grid";
import { halvedAfter, heldSince, keepingOf, keptOf, orderOfUnits, weightsOfUnits } from "../../src/app/sequence/memory";
import { steppedOf } from "../../src/app/sequence/quantities";
import { Model } from "../../src/core/model";
import { at, CASES, example } from "../core/compare";

const caseOf = (name: string) => CASES.engine.find((each) => each.name === name)!.data;

describe("the rows", () => {
  test("are x, the gates, state, out, what comes back, label and loss, each with the gradient over it", () => {
    const rows = steppedOf(example().blocks[0]!);
    expect(rows.map((row) => row.name)).toEqual([
      "x",
      "a",
      "i",
      "f",
      "o",
      "state",
      "out",
      "delta_out",
      "delta",
      "label",
      "loss",
    ]);
    expect(rows.map((row) => row.gradient)).toEqual([
      "d_x",
      "d_a",
      "d_i",
      "d_f",
      "d_o",
      "d_state",
      "d_out",
      "",
      "",
      "",
      "",
    ]);
    expect(rows.filter((row) => row.range === "gate").map((row) => row.name)).toEqual(["i", "f", "o"]);
    expect(rows.filter((row) => row.backward).map((row) => row.name)).toEqual(["delta_out", "delta"]);
  });

  test.each(CASES.engine.map(({ name, data }) => ({ name, block: data.blocks[0]! })))(
    "of $name leave nothing with steps out",
    ({ block }) => {
      const shown = new Set(steppedOf(block).flatMap((row) => [row.name, row.gradient]));
      const lefts = block.equations.filter((one) => one.left[3] !== null).map((one) => one.left[1]);
      expect(lefts.filter((name) => !shown.has(name))).toEqual([]);
    },
  );
});

describe("memory", () => {
  test("is the product of what multiplies the state before: f, 1 − i, of a GRU u", () => {
    const factor = (name: string, t: number, unit: number): number => {
      const data = caseOf(name);
      const model = new Model(data);
      return keptOf(model, 0, keepingOf(data.blocks[0]!)!, data.blocks[0]!.steps)[t]![unit]!;
    };
    const value = (name: string, key: string, unit: number) => new Model(caseOf(name)).values(at(key))[unit]!;
    expect(factor("lstm", 1, 1)).toBe(value("lstm", "0:f@1", 1));
    expect(factor("coupled", 1, 1)).toBe(1 - value("coupled", "0:i@1", 1));
    expect(factor("gru", 1, 1)).toBe(value("gru", "0:u@1", 1));
    expect(factor("lstm1997", 1, 1)).toBe(1);
    expect(keepingOf(caseOf("rnn").blocks[0]!)).toBeNull();
  });

  test("ends where the product falls under a half", () => {
    const kept = [0.9, 0.9, 0.9, 0.6, 0.9].map((one) => Float64Array.of(one));
    expect(halvedAfter(kept, 0, 0)).toBe(3); // 0.9 · 0.9 · 0.6 = 0.486
    expect(halvedAfter(kept, 1, 0)).toBe(3); // 0.9 · 0.6 · 0.9 = 0.486
    expect(halvedAfter(kept, 2, 0)).toBeNull(); // 0.6 · 0.9 = 0.54
    expect(heldSince(kept, 0)).toBe(2); // from t = 2 on 0.54 is left, from t = 1 on 0.486
  });

  test("puts the units first on which the loss hangs most", () => {
    const data = caseOf("lstm");
    const weights = weightsOfUnits(new Model(data), 0, data.blocks[0]!.steps);
    expect(weights.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
    const order = orderOfUnits(weights);
    expect(order.map((unit) => weights[unit]!)).toEqual([...weights].sort((one, other) => other - one));
    expect(orderOfUnits([0.2, 0.5, 0.3])).toEqual([1, 2, 0]);
  });
});

test("arrows pass over empty cells, and stop at the border", () => {
  const isCell = (row: number, column: number) => !(row === 0 && column === 1);
  const go = (key: string, from: [number, number]) => cellByKey(key, from, 2, 3, isCell);
  expect(go("ArrowRight", [0, 0])).toEqual([0, 2]);
  expect(go("ArrowUp", [1, 1])).toBeNull();
  expect(go("ArrowLeft", [0, 0])).toBeNull();
  expect(go("ArrowDown", [0, 2])).toEqual([1, 2]);
  expect(go("End", [1, 0])).toEqual([1, 2]);
  expect(go("x", [0, 0])).toBeNull();
});

describe("colours", () => {
  const ramp = Uint32Array.from({ length: 256 }, (_, k) => k + 1);
  const painted = (values: number[], limits: [number, number], logarithmic = false, order: number[] | null = null) => {
    const image = {
      width: 1,
      height: values.length,
      data: new Uint8ClampedArray(4 * values.length),
    } as unknown as ImageData;
    paint(image, [Float64Array.from(values)], order, ramp, limits, logarithmic);
    return [...new Uint32Array(image.data.buffer)].map((pixel) => pixel - 1);
  };

  test("go from one end of the range to the other; what is no number has none", () => {
    expect(painted([0, 0.5, 1, NaN], [0, 1])).toEqual([0, 128, 255, -1]);
    expect(painted([-2, 2, 7], [-2, 2])).toEqual([0, 255, 255]);
    expect(painted([0, 1], [0, 1], false, [1, 0])).toEqual([255, 0]);
  });

  test("of gradients go by powers of ten: a thousandth is half as strong as the largest", () => {
    expect(painted([1, 1e-3, 1e-6, 0, -1e-3, -1], [-1, 1], true)).toEqual([255, 191, 128, 128, 64, 0]);
  });

  test("of signed values reach as far to either side", () => {
    expect(limitsOf("signed", [Float64Array.of(0.5, NaN), Float64Array.of(-2)])).toEqual([-2, 2]);
    expect(limitsOf("signed", [Float64Array.of(0)])).toEqual([-1, 1]);
    expect(limitsOf("gate", [Float64Array.of(0.3)])).toEqual([0, 1]);
  });
});
