// One entry of what a tree is worth, in any arithmetic: exactly, or how large the terms are that it adds up.
import type { Tree } from "./data";
import { functionNamed, softmax } from "./functions";
import type { Locate } from "./shapes";
import { shapeOf } from "./shapes";
import { sizeOf } from "./layout";
import type { Decimal } from "./decimals";
import * as decimals from "./decimals";

/** What an arithmetic has to offer; `call` takes a function of one number by name. */
export interface Arithmetic<N> {
  from(value: number): N;
  text(number: string): N;
  plus(a: N, b: N): N;
  minus(a: N): N;
  times(a: N, b: N): N;
  over(a: N, b: N): N;
  call(name: string, a: N): N;
  toNumber(a: N): number;
}

/** Decimal arithmetic, without rounding where that is possible. */
export const EXACT: Arithmetic<Decimal> = {
  from: decimals.ofNumber,
  text: decimals.parse,
  plus: decimals.plus,
  minus: decimals.minus,
  times: decimals.times,
  over: decimals.over,
  call: (name, a) => decimals.ofNumber(functionNamed(name)?.(decimals.toNumber(a)) ?? NaN),
  toNumber: decimals.toNumber,
};

const ONE_MORE = new Set(["sigmoid", "step", "hard_sigmoid", "inside", "softplus", "g", "h"]);

/** How large the terms are that are added up: what rounding errors are relative to. */
export const SIZES: Arithmetic<number> = {
  from: Math.abs,
  text: (number) => Math.abs(Number(number)),
  plus: (a, b) => a + b,
  minus: (a) => a,
  times: (a, b) => a * b,
  over: (a, b) => a / b,
  call: (name, a) => {
    if (name === "exp") return Math.exp(a);
    if (name === "log") return 1 + Math.abs(Math.log(a));
    if (name === "sqrt") return Math.sqrt(a);
    if (name.startsWith("between")) return 1;
    return ONE_MORE.has(name) ? 6 * (1 + a) : a;
  },
  toNumber: (a) => a,
};

/** The entry in row i and column j of what a tree is worth at step t. */
export function entryOf<N>(
  tree: Tree, i: number, j: number, t: number, data: Float64Array, locate: Locate, arithmetic: Arithmetic<N>,
): N {
  const { plus, minus, times } = arithmetic;

  function all(node: Tree, step: number): N[] {
    const [rows, columns = 1] = [...shapeOf(node, locate)];
    const size = sizeOf(shapeOf(node, locate));
    return Array.from({ length: size }, (_, n) =>
      rows === undefined ? entry(node, 0, 0, step) : entry(node, Math.floor(n / columns), n % columns, step),
    );
  }

  function entry(node: Tree, row: number, column: number, step: number): N {
    const shape = shapeOf(node, locate);
    if (sizeOf(shape) === 1) [row, column] = [0, 0];
    switch (node[0]) {
      case "number":
        return arithmetic.text(node[1]);
      case "symbol": {
        const ref = locate(node);
        const place = shape.length === 2 ? row * shape[1] + column : row;
        return arithmetic.from(data[ref.start + step * ref.step + place]);
      }
      case "+":
        return node[1].map((term) => entry(term, row, column, step)).reduce(plus);
      case "-":
        return minus(entry(node[1], row, column, step));
      case "/":
        return arithmetic.over(entry(node[1], row, column, step), entry(node[2], row, column, step));
      case "^": {
        const base = entry(node[1], row, column, step);
        return Array.from({ length: Math.max(node[2], 1) }, () => base).reduce(times);
      }
      case "T":
        return shape.length === 2 ? entry(node[1], column, row, step) : entry(node[1], row, column, step);
      case "product":
        return product(node[1], node[2], row, column, step);
      case "call":
        return called(node[1], node[2], row, column, step);
      case "sum": {
        const [low, high] = [node[1] as number, node[2] as number];
        const steps = Array.from({ length: high - low + 1 }, (_, k) => low + k);
        return steps.map((each) => entry(node[3], row, column, each)).reduce(plus);
      }
    }
  }

  function product(operation: string, factors: Tree[], row: number, column: number, step: number): N {
    if (factors.length === 1) return entry(factors[0], row, column, step);
    const last = factors[factors.length - 1];
    const before = factors.slice(0, -1);
    const first: Tree = before.length === 1 ? before[0] : ["product", operation as "dot", before];
    const [a, b] = [shapeOf(first, locate), shapeOf(last, locate)];
    if (operation === "outer") return times(all(first, step)[row], all(last, step)[column]);
    if (operation !== "dot" || !a.length || !b.length) {
      return times(entry(first, row, column, step), entry(last, row, column, step));
    }
    const of = (k: number): N => {
      const left = a.length === 2 ? entry(first, row, k, step) : entry(first, k, 0, step);
      const right = b.length === 2 && a.length === 2 ? column : b.length === 2 ? row : 0;
      return times(left, entry(last, k, right, step));
    };
    return Array.from({ length: b[0] }, (_, k) => of(k)).reduce(plus);
  }

  function called(name: string, argument: Tree, row: number, column: number, step: number): N {
    if (name === "sum") return all(argument, step).reduce(plus);
    if (name !== "max" && name !== "softmax") return arithmetic.call(name, entry(argument, row, column, step));
    const values = all(argument, step).map(arithmetic.toNumber);
    if (name === "max") return arithmetic.from(Math.max(...values));
    const columns = shapeOf(argument, locate)[1] ?? 1;
    return arithmetic.from(softmax(values)[row * columns + column]);
  }

  return entry(tree, i, j, t);
}
