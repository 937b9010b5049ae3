// Numbers as people type them, formulas as they are read out, marks at their places, terms to cut.
import { describe, expect, test } from "vitest";
import type { Mark, PageData } from "../../src/core/data";
import { entriesOf, markFinder, placeOf, placeOfMark, same } from "../../src/app/places";
import { spoken } from "../../src/app/line/spoken";
import { toneOf } from "../../src/app/line/verdicts";
import { rangeOf, readCount, readNumber, stepOf, tidy } from "../../src/app/tools/parts/numbers";

describe("a typed number", () => {
  test.each([
    ["0.45", 0.45], [" 0,45 ", 0.45], ["−1.5", -1.5], ["-1e-3", -0.001], ["2 · 10^-3", 0.002], [".5", 0.5], ["+3", 3],
  ])("%s is read", (text, value) => expect(readNumber(text)).toBe(value));

  test.each(["", "abc", "1.2.3", "0x10", "1e", "NaN", "Infinity", "1e999", "1,234.5"])("%s is refused in a sentence", (text) => {
    expect(readNumber(text)).toMatch(/[.]$/);
  });

  test("of steps is whole and within its bounds", () => {
    expect(readCount("15", 1, 15)).toBe(15);
    for (const text of ["0", "16", "2.5", "x"]) expect(readCount(text, 1, 15)).toBeTypeOf("string");
    // Not how to write a number with a point: a whole one is asked for.
    for (const text of ["x", "2.5"]) expect(readCount(text, 1, 15)).toBe(`“${text}” will not do: take a whole number from 1 to 15.`);
  });

  test("goes up by a hundredth of its size, and by 0.01 at least", () => {
    expect([0, 0.45, 5, 45, -450].map(stepOf)).toEqual([0.01, 0.01, 0.01, 0.1, 1]);
    expect(tidy(0.1 + 0.2)).toBe(0.3);
    for (const value of [0, 0.45, -3, 520]) {
      const [low, high] = rangeOf(value);
      expect(low < value && value < high).toBe(true);
    }
  });
});

test("a formula is read out in words", () => {
  expect(spoken("δstate₀ = δout₀ ⊙ o₀ ⊙ (1 − tanh²(state₀)) + δstate₁ ⊙ f₁")).toBe(
    "delta state 0 equals delta out 0 times o 0 times (1 minus tanh squared of (state 0)) plus delta state 1 times f 1",
  );
  expect(spoken("Δout₋₁ = Uᵀ · δgates₀")).toBe("capital delta out minus 1 equals U transposed times delta gates 0");
});

describe("a mark of a document", () => {
  const mark = (key: string, entry: number[] | null = null): Mark => ({
    block: 0, key, entry, verdict: "exact", sentence: "", mistake: "", written: "", line: 1,
  });

  test("stands at the place that its key names", () => {
    expect(placeOfMark(mark("d_state@1"))).toEqual(placeOf(0, "d_state", 1));
    expect(placeOfMark(mark("out@-1"))).toEqual(placeOf(0, "out", -1));
    expect(placeOfMark(mark("W_new"))).toEqual({ ...placeOf(0, "W"), isNew: true });
    expect(placeOfMark(mark("d_W", [0, 1]))).toEqual(placeOf(0, "d_W", null, [0, 1]));
    expect(placeOfMark(mark("d_U.r"))?.part).toBe("r");
    expect(placeOfMark(mark("@@"))).toBeNull();
  });

  test("is found at the whole, at its entry, and not at another entry or step", () => {
    const marksOf = markFinder({ marks: [mark("d_W", [0, 1]), mark("d_state@1")] } as PageData);
    expect(marksOf(placeOf(0, "d_W"))).toHaveLength(1);
    expect(marksOf(placeOf(0, "d_W", null, [0, 1]))).toHaveLength(1);
    expect(marksOf(placeOf(0, "d_W", null, [1, 1]))).toHaveLength(0);
    expect(marksOf(placeOf(0, "d_state", 1))).toHaveLength(1);
    expect(marksOf(placeOf(0, "d_state", 0))).toHaveLength(0);
    expect(marksOf(placeOf(1, "d_state", 1))).toHaveLength(0);
  });

  test("is green only where nothing is wrong", () => {
    expect(["exact", "carried", "within-rounding"].map(toneOf)).toEqual(["good", "good", "good"]);
    expect(["follow-through", "uncheckable"].map(toneOf)).toEqual(["half", "half"]);
    expect(["wrong-formula", "misprint", "slip", "unexplained"].map(toneOf)).toEqual(["bad", "bad", "bad", "bad"]);
  });
});

test("the entries of a shape go row by row; a single number has none", () => {
  expect(entriesOf([2, 2])).toEqual([[0, 0], [0, 1], [1, 0], [1, 1]]);
  expect(entriesOf([])).toEqual([[]]);
  expect(same(placeOf(0, "loss", null, []), placeOf(0, "loss"))).toBe(true);
});
