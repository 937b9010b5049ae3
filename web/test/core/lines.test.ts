// Lines of a page read as `gatewise work` prints them, and every operand knows its place.
import { describe, expect, test } from "vitest";
import type { Piece, Place, Span, WorkedLine } from "../../src/core/api";
import type { PageData } from "../../src/core/data";
import { placeOf } from "../../src/core/keys";
import { lines } from "../../src/core/lines";
import { Model } from "../../src/core/model";
import { made } from "../data/made";

interface Case {
  name: string;
  page: PageData;
  lines: Record<string, string>;
  latex: Record<string, string>;
  renamed: Record<string, Record<string, string>>;
  "renamed latex": Record<string, Record<string, string>>;
}

const cases = made<Case[]>("lines", ["teach/explore", "teach/worksheet/work", "teach/problem", "cells", "expression"]);
const named = (name: string): Case => cases.find((one) => one.name === name) as Case;
const options = { digits: 5, notation: "document" };

function spans(pieces: Piece[]): Span[] {
  return pieces.flatMap((piece) => ("rows" in piece ? spans(piece.rows.flat(2)) : [piece]));
}

describe.each(cases)("$name", ({ page, lines: worksheet, latex, renamed, "renamed latex": inLatex }) => {
  const model = new Model(page);
  const digits = { ...options, digits: page.digits };
  const order = model.order();

  test("every line reads as the worksheet's", () => {
    const read = order.map((place) => lines.line(model, place, digits));
    expect(Object.fromEntries(read.map((line) => [line.id, lines.text(line)]))).toEqual(worksheet);
  });

  test("so it does as LaTeX", () => {
    const read = order.map((place) => [lines.line(model, place, digits).id, lines.latex(model, place, digits)]);
    expect(Object.fromEntries(read)).toEqual(latex);
  });

  test.each(Object.entries(renamed))("so it does in the names of %s", (notation, expected) => {
    const read = order.map((place) => lines.line(model, place, { ...digits, notation }));
    expect(Object.fromEntries(read.map((line) => [line.id, lines.text(line)]))).toEqual(expected);
    const tex = order.map((place, k) => [read[k].id, lines.latex(model, place, { ...digits, notation })]);
    expect(Object.fromEntries(tex)).toEqual(inLatex[notation]);
  });

  test("all that has a place is there, and its address leads back", () => {
    for (const place of order) {
      const line = lines.line(model, place, digits);
      for (const span of spans([...line.formula, ...line.substituted])) {
        if (!span.place) continue;
        expect(model.exists({ ...span.place, entry: null })).toBe(true);
        expect(lines.fromHash(lines.toHash(span.place), model)).toEqual(span.place);
        if (span.kind === "number") expect(model.values(span.place)).toHaveLength(1);
      }
    }
  });
});

const at = (name: string, t: number | null, entry: number[] | null, part = "", isNew = false): Place => ({
  ...placeOf(0, name, t, part, isNew),
  entry,
});

test("one entry of a vector is a line of its own, by its gate", () => {
  const model = new Model(named("lstm-0").page);
  const text = (place: Place): string => lines.text(lines.line(model, place, { ...options, digits: 4 }));
  expect(text(at("d_W", null, [2, 1]))).toMatch(/^δW_i\[0,1\] = Σₜ₌₀² δiₜ\[0\] × xₜ\[1\] = /);
  expect(text(at("d_gates", 1, [3]))).toBe(text(at("d_i", 1, [1])));
  expect(text(at("W", null, [0, 1], "f"))).toBe(text(at("W", null, [5 - 1, 1])));
  expect(text(at("W", null, null, "f", true))).toMatch(/^Wⁿᵉʷ_f = W_f − λ × δW_f = \[/);
});

test("a long inner product is written out for one entry alone: a row times a column", () => {
  const model = new Model(named("lstm-51").page);
  expect(lines.line(model, at("d_W", null, null), options)).toMatchObject({ tooLong: true, substituted: [] });
  const line = lines.line(model, at("a", 1, [3]), options);
  expect(lines.text(line)).toContain("W_a[3,:] · x₁ + U_a[3,:] · out₀ + b_a[3]");
  expect(line.tooLong).toBe(false);
  expect(line.substituted.filter((piece) => "rows" in piece)).toHaveLength(4);
});

test("what is held or cut stands in the formula as it is worked out", () => {
  const model = new Model(named("worked example").page);
  model.cut({ block: 0, equation: "B2", t: 0, term: 1 });
  expect(lines.text(lines.line(model, at("d_state", 0, null), options))).not.toContain("δstate₁ ⊙ f₁");
  expect(lines.text(lines.line(model, at("d_state", 1, null), options))).toContain("δstate₂ ⊙ f₂");
});

test("names follow the notation, also of a gate's rows", () => {
  const model = new Model(named("worked example").page);
  expect(lines.plainName(model, at("W", null, [0, 1], "a"), "torch")).toBe("W_ig[0,1]");
  expect(lines.plainName(model, at("W", null, [2, 1]), "keras")).toBe("kernel_f[1,0]");
  expect(lines.plainName(model, at("state", 1, null), "torch")).toBe("c₁");
  expect(lines.plainName(model, at("d_state", 1, null), "document")).toBe("δstate₁");
});

test("a transposed name has a T where the document has none, and its entries' row and column are exchanged", () => {
  const model = new Model(named("lstm-51").page);
  const text = (place: Place): string => {
    const { left, formula } = lines.line(model, place, { ...options, notation: "keras" });
    return lines.text({ left, formula, substituted: [], result: [] } as unknown as WorkedLine);
  };
  expect(text(at("a", 1, [3]))).toBe("g₁[3] = tanh(kernel_c[:,3] · x₁ + recurrent_c[:,3] · h₀ + bias_c[3])");
  expect(text(at("d_x", 0, null))).toBe("δx₀ = kernel · δgates₀");
  expect(text(at("U", null, null, "", true))).toBe("recurrentⁿᵉʷᵀ = recurrentᵀ − λ × δrecurrentᵀ");
  const [left] = lines.name(model, at("W", null, [0, 7]), "keras") as Span[];
  expect(left).toMatchObject({ text: "kernel", sub: "c", tail: "[7,0]", place: { part: "a", entry: [0, 7] } });
  expect(lines.latex(model, at("W", null, [0, 7]), { ...options, notation: "keras" })).toMatch(
    /^\\mathit\{kernel\}_\{c\}\[7,0\] = /,
  );
});

test.each([
  [-0.053484, 5, "−0.05348"],
  [1.23456e-7, 5, "1.2346e−7"],
  [0, 5, "0"],
  [0.345, 2, "0.35"],
  [12345678901, 3, "1.23e10"],
  [-0.000004, 5, "−4.0000e−6"],
])("%d with %d digits is written %s", (value, digits, text) => {
  expect(lines.number(value, digits)).toBe(text);
});

test.each([
  "",
  "#",
  "#0:",
  "#0:nothing",
  "#9:W",
  "#0:W[9,9]",
  "#0:W[0]",
  "#0:d_state@7",
  "#0:%ff",
  `#0:${"W".repeat(999)}`,
])("the address %j leads nowhere", (hash) => {
  expect(lines.fromHash(hash, new Model(named("worked example").page))).toBeNull();
});
