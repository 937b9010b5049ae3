// What formulas are worth: each function by its table in Python, and the plain evaluator beside the compiled one.
import { describe, expect, test } from "vitest";
import type { SymbolTree, Tree } from "../../src/core/data";
import * as decimals from "../../src/core/decimals";
import { evaluate, flat, nested, type Nested, shapeOf, type Value, valueOf } from "../../src/core/evaluate";
import { functionNamed } from "../../src/core/functions";
import { placeId, placeOf } from "../../src/core/keys";
import { Model } from "../../src/core/model";
import { bind, cuttable, without } from "../../src/core/trees";
import { CASES } from "./compare";

describe("functions", () => {
  test.each(Object.entries(CASES.functions))("%s", (name, rows) => {
    const f = functionNamed(name)!;
    for (const [z, value] of rows) {
      const wanted = value === null ? NaN : Number(String(value).replace("inf", "Infinity"));
      const found = f(z);
      const said = `${name}(${z}) is ${found}`;
      const near = 1e-14 * Math.max(Math.abs(wanted), 1e-280);
      if (Number.isFinite(wanted)) expect(Math.abs(found - wanted), said).toBeLessThanOrEqual(near);
      else expect(found, said).toBe(wanted);
    }
    expect(f(NaN)).toBeNaN();
  });

  test("there are no others", () => {
    expect(functionNamed("constructor")).toBeNull();
    expect(functionNamed("clip(x)")).toBeNull();
    expect(evaluate(["call", "nothing", ["number", "1"]]).at(0)).toBeNaN();
  });

  test("a limit is compared with as many decimals as the value has", () => {
    const between = functionNamed("between(tanh, 2)")!; // tanh(2) = 0.96403
    expect([between(0.964), between(0.9639), between(-0.964), between(0.96402)]).toEqual([0, 1, 0, 0]);
  });
});

test.each([...CASES.engine, ...CASES.layers].map((each) => [each.name, each] as const))(
  "formulas evaluated on nested values are what the compiled ones give: %s",
  (_, each) => {
    const model = new Model(each.data);
    const { blocks } = each.data;
    let compared = 0;
    for (const place of model.order()) {
      const read = ([, name, part, step, , isNew]: SymbolTree): Value => {
        const of = placeOf(place.block, name, step as number | null, part, isNew);
        const all = Array.from(model.values(of));
        if (name === "label") {
          const out = model.values({ ...of, name: blocks[place.block].carried[0] ?? "y" });
          const entropy = place.name === "loss" && JSON.stringify(model.formula(place)).includes('"log"');
          all.forEach((value, k) => Number.isNaN(value) && (all[k] = entropy ? 0 : out[k]));
        }
        return valueOf(all, model.shape(of));
      };
      const found = flat(evaluate(model.formula(place)!, read));
      const wanted = model.values(place);
      expect(found.length, placeId(place)).toBe(wanted.length);
      found.forEach((value, k) => expect(value, placeId(place)).toBeCloseTo(wanted[k], 11));
      compared += found.length;
    }
    expect(compared).toBeGreaterThan(10);
  },
);

describe("values", () => {
  const known: Record<string, Nested> = { M: [[1, 2, 3], [4, 5, 6]], u: [1, -1], v: [2, 0, 1], s: 3 };
  const read = ([, name]: SymbolTree): Value => valueOf([known[name]].flat(2) as number[], shapeOf(known[name]));
  const symbol = (name: string): Tree => ["symbol", name, "", null, null, false];
  const worth = (tree: Tree): Nested => {
    const value = evaluate(tree, read);
    return nested(flat(value), value.shape);
  };

  test("products", () => {
    const [M, u, v, s] = ["M", "u", "v", "s"].map(symbol);
    expect(worth(["product", "dot", [M, v]])).toEqual([5, 14]);
    expect(worth(["product", "dot", [["T", M], u]])).toEqual([-3, -3, -3]);
    expect(worth(["product", "dot", [u, M]])).toEqual([-3, -3, -3]);
    expect(worth(["product", "dot", [v, v]])).toBe(5);
    expect(worth(["product", "outer", [u, v]])).toEqual([[2, 0, 1], [-2, -0, -1]]);
    expect(worth(["product", "times", [s, M]])).toEqual([[3, 6, 9], [12, 15, 18]]);
    expect(worth(["product", "hadamard", [v, v, s]])).toEqual([12, 0, 3]);
    expect(() => worth(["product", "hadamard", [u, v]])).toThrow("2 and 3 do not fit");
    expect(() => worth(["product", "dot", [M, u]])).toThrow("2×3 and 2 does not fit");
  });

  test("sums, quotients, powers and functions of all entries", () => {
    const [u, v, s] = ["u", "v", "s"].map(symbol);
    expect(worth(["+", [v, ["-", s]]])).toEqual([-1, -3, -2]);
    expect(worth(["/", v, ["number", "4"]])).toEqual([0.5, 0, 0.25]);
    expect(worth(["^", u, 2])).toEqual([1, 1]);
    expect(worth(["call", "sum", v])).toBe(3);
    expect(worth(["call", "max", v])).toBe(2);
    expect((worth(["call", "softmax", u]) as number[]).reduce((a, b) => a + b)).toBeCloseTo(1, 15);
    expect(worth(["sum", 0, 2, symbol("s")])).toBe(9);
    expect(() => worth(["sum", 0, ["T", -1], s])).toThrow("bounds");
  });
});

describe("trees", () => {
  const x = (step: SymbolTree[3]): Tree => ["symbol", "x", "", step, null, false];

  test("are bound to a step; a Σ has a t of its own", () => {
    expect(bind(["+", [x(["t", -1]), x(["T", -1])]], 3, 5)).toEqual(["+", [x(2), x(4)]]);
    expect(bind(["sum", 0, ["T", -1], x(["t", 0])], 3, 5)).toEqual(["sum", 0, 4, x(["t", 0])]);
  });

  test("lose a term: of a sum, of what stands before a slope, or all that they are", () => {
    const [a, b] = [x(0), x(1)];
    expect(cuttable(["product", "hadamard", [["+", [a, b]], b]])).toEqual([a, b]);
    expect(without(["+", [a, b]], new Set([0]))).toEqual(b);
    expect(without(["product", "hadamard", [["+", [a, b]], b]], new Set([1]))).toEqual(["product", "hadamard", [a, b]]);
    expect(without(["product", "dot", [a, b]], new Set([0]))).toEqual(["number", "0"]);
    expect(without(["+", [a, b]], new Set([0, 1]))).toEqual(["number", "0"]);
    expect(without(["product", "hadamard", [a, ["+", [a, b]]]], new Set([1]))[0]).toBe("product");
  });
});

describe("decimals", () => {
  const { minus, ofNumber, over, parse, plus, rounded, times, toNumber } = decimals;

  test("are exact where floats are not", () => {
    expect(toNumber(plus(parse("0.1"), plus(parse("0.2"), minus(parse("0.3")))))).toBe(0);
    expect(toNumber(times(parse("0.1"), parse("0.1235")))).toBe(0.01235);
    expect(toNumber(over(parse("1"), parse("8")))).toBe(0.125);
    expect(toNumber(over(ofNumber(1e-7), parse("-4")))).toBe(-2.5e-8);
    expect(over(parse("1"), parse("0"))).toBeNull();
    expect(ofNumber(Infinity)).toBeNull();
  });

  test("are rounded at a tie as they are told", () => {
    const at = (text: string, ties: decimals.Ties) => toNumber(rounded(parse(text), 1, ties));
    expect([at("0.25", "half-up"), at("-0.25", "half-up"), at("0.35", "half-up")]).toEqual([0.3, -0.3, 0.4]);
    expect([at("0.25", "half-even"), at("0.35", "half-even"), at("0.251", "half-even")]).toEqual([0.2, 0.4, 0.3]);
    expect([at("0.29", "truncate"), at("-0.29", "truncate")]).toEqual([0.2, -0.2]);
  });
});
