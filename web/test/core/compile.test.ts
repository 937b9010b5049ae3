// Compiled formulas beside evaluated ones, on shapes that no cell has yet, and the digits of numbers by hand.
import { describe, expect, test } from "vitest";
import { compile } from "../../src/core/working/compile";
import type { SymbolTree, Tree } from "../../src/core/data";
import { ofNumber } from "../../src/core/decimals";
import { evaluate, exactly, flat, sizeOf, type Value, valueOf } from "../../src/core/evaluate";
import type { Ref } from "../../src/core/layout";
import type { Locate } from "../../src/core/working/locate";
import { givenWritten, written } from "../../src/core/working/rounding";
import { sizesOf } from "../../src/core/working/sizes";
import { bind } from "../../src/core/trees";

const STEPS = 3;
const SHAPES: Record<string, number[]> = { M: [5, 6], N: [6, 2], u: [5], v: [6], s: [], one: [1] }; // x, y have steps
const STEPPED: Record<string, number[]> = { x: [6], y: [5] };

const refs = new Map<string, Ref>();
let total = 0;
for (const [name, shape] of Object.entries(SHAPES)) refs.set(name, place(shape, 0));
for (const [name, shape] of Object.entries(STEPPED)) refs.set(name, place(shape, sizeOf(shape)));
const target = { start: total, step: 0 };
const numbers = Float64Array.from({ length: total + 64 }, (_, k) => Math.round(800 * Math.sin(3 * k + 1)) / 1000);

function place(shape: number[], step: number): Ref {
  const ref = { start: total, step, shape, size: sizeOf(shape) };
  total += ref.size * (step ? STEPS : 1);
  return ref;
}

const locate: Locate = ([, name, , step]) => {
  const ref = refs.get(name)!;
  if (typeof step === "number") return { ...ref, start: ref.start + step * ref.step, step: 0 };
  return { ...ref, start: ref.start + (step ? (step[1] as number) * ref.step : 0) };
};
const read = ([, name, , step]: SymbolTree): Value => {
  const { start, step: stride, shape, size } = refs.get(name)!;
  return valueOf(numbers.subarray(start + ((step as number) ?? 0) * stride).slice(0, size), shape);
};

const fixed = (name: string): Tree => ["symbol", name, "", null, null, false];
const stepped = (name: string): Tree => ["symbol", name, "", ["t", 0], null, false];
const [M, N, u, v, s, one] = ["M", "N", "u", "v", "s", "one"].map(fixed);
const [x, y] = ["x", "y"].map(stepped);
const outer = (a: Tree, b: Tree): Tree => ["product", "outer", [a, b]];
const number = (text: string): Tree => ["number", text];
const dot = (...factors: Tree[]): Tree => ["product", "dot", factors];
const over = (body: Tree): Tree => ["sum", 0, STEPS - 1, body];

const FORMULAS: [string, Tree][] = [
  ["a matrix by a matrix", dot(M, N)],
  ["a transposed matrix by a matrix", dot(["T", M], M)],
  ["three in a row", dot(["T", N], ["T", M], u)],
  ["a row by a matrix", dot(u, M)],
  ["two vectors", dot(v, v)],
  ["a number by a vector, and a transposed matrix by a number", ["+", [dot(["T", M], s), ["T", M]]]],
  ["a transposed matrix", ["T", M]],
  ["a transposed vector", ["T", v]],
  ["an outer product", outer(u, v)],
  ["a number spread over a vector", ["+", [number("1"), ["-", v], s]]],
  ["a number before vectors", ["+", [s, number("2"), v, ["-", one]]]],
  ["minus first", ["+", [["-", v], v, v]]],
  ["three factors", ["product", "hadamard", [v, s, v, ["+", [number("1"), ["-", v]]]]]],
  ["a quotient", ["/", v, ["+", [number("2"), v]]]],
  ["a power", ["^", ["+", [v, s]], 3]],
  ["functions of all", ["product", "times", [["call", "max", v], ["call", "softmax", v]]]],
  ["the sum of a matrix", ["call", "sum", ["product", "times", [s, M]]]],
  ["a sum over steps", over(x)],
  ["outer products over steps, one of them taken away", over(["+", [outer(y, x), ["-", outer(u, x)]]])],
  ["a product over steps", over(["product", "hadamard", [x, ["call", "tanh", x]]])],
  ["how many steps there are", ["/", over(number("1")), number("2")]],
  ["a sum over steps in a formula", ["+", [v, ["-", over(x)]]]],
];

test.each(FORMULAS)("%s", (_, tree) => {
  const value = evaluate(bind(tree, 0, STEPS), read);
  const out = { ...target, shape: value.shape, size: sizeOf(value.shape) };
  compile(tree, numbers, out, locate)(0);
  const found = Array.from(numbers.subarray(out.start, out.start + out.size));
  const wanted = flat(value);
  expect(found).toHaveLength(wanted.length);
  found.forEach((value, k) => expect(value).toBeCloseTo(wanted[k], 12));
  const exact = flat(exactly(bind(tree, 0, STEPS), read));
  expect(exact).toHaveLength(wanted.length);
  wanted.forEach((value, k) => expect(Number(exact[k]!.n) / 10 ** exact[k]!.places).toBeCloseTo(value, 12));
});

test.each(FORMULAS)("its terms are no smaller than it, and no term is taken away: %s", (_, tree) => {
  const sizes = flat(evaluate(bind(sizesOf(tree), 0, STEPS), read));
  flat(evaluate(bind(tree, 0, STEPS), read)).forEach((value, k) => {
    expect(sizes[k]).toBeGreaterThanOrEqual(Math.abs(value) * (1 - 1e-12));
  });
});

test("what cancels does not make the terms smaller", () => {
  expect(evaluate(sizesOf(["+", [number("3"), ["-", number("3")]]])).at(0)).toBe(6);
  expect(evaluate(sizesOf(number("-0.5"))).at(0)).toBe(0.5);
  expect(evaluate(sizesOf(["call", "sigmoid", number("-2")])).at(0)).toBe(3);
});

test("formulas that do not fit are refused", () => {
  const room = { ...target, shape: [5], size: 5 };
  expect(() => compile(dot(M, u), numbers, room, locate)).toThrow("5×6 and 5");
  expect(() => compile(["+", [u, v]], numbers, room, locate)).toThrow("do not fit");
  expect(() => compile(["call", "nothing", u], numbers, room, locate)).toThrow("nothing");
});

describe("by hand", () => {
  const hand = { digits: 4, ties: "half-up" } as const;
  const write = (value: number, digits = 4, ties: "half-up" | "half-even" | "truncate" = "half-up"): number =>
    written(ofNumber(value), { digits, ties });

  test("has decimals, or significant digits where it would read as zero or is large", () => {
    expect([0.123456, -0.00005, 0.00004, 0.000012345678, 0].map((value) => write(value))).toEqual(
      [0.1235, -0.0001, 0.00004, 0.00001235, 0],
    );
    expect(write(123456789012.3)).toBe(123500000000);
    expect(write(12345.678, 12)).toBe(12345.678);
    expect(write(5e-324)).toBe(0);
    expect(write(NaN)).toBeNaN();
  });

  test("goes by the digits, not by the float behind them", () => {
    expect([write(0.00125), write(1.00005), write(0.35, 1)]).toEqual([0.0013, 1.0001, 0.4]);
    expect(write(0.25, 1, "half-even")).toBe(0.2);
    expect([write(0.99999, 4, "truncate"), write(-0.99999, 4, "truncate")]).toEqual([0.9999, -0.9999]);
    expect(givenWritten(0.3304999999999999, { digits: 4, ties: "truncate" })).toBe(0.3305);
    expect(givenWritten(0.45, hand)).toBe(0.45);
    expect(givenWritten(NaN, hand)).toBeNaN();
  });
});
