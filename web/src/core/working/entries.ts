// One entry of what a tree is worth, exactly: in decimals, on the digits that the numbers are written with.
import type { Tree } from "../data";
import type { Decimal } from "../decimals";
import { minus, ofNumber, over, parse, plus, times, toNumber } from "../decimals";
import { functionNamed, softmax } from "../functions";
import { sizeOf } from "../layout";
import type { Locate } from "./shapes";
import { shapeOf } from "./shapes";

/** The entry in row i and column j of what a tree is worth at step t; null where it is no finite number. */
export function exactEntry(
  tree: Tree, i: number, j: number, t: number, data: Float64Array, locate: Locate,
): Decimal {
  return new Exactly(data, locate).entry(tree, i, j, t);
}

class Exactly {
  constructor(
    private readonly data: Float64Array,
    private readonly locate: Locate,
  ) {}

  entry(tree: Tree, row: number, column: number, t: number): Decimal {
    const shape = shapeOf(tree, this.locate);
    if (sizeOf(shape) === 1) [row, column] = [0, 0];
    switch (tree[0]) {
      case "number":
        return parse(tree[1]);
      case "symbol": {
        const ref = this.locate(tree);
        const place = shape.length === 2 ? row * shape[1] + column : row;
        return ofNumber(this.data[ref.start + t * ref.step + place]);
      }
      case "+":
        return tree[1].map((term) => this.entry(term, row, column, t)).reduce(plus);
      case "-":
        return minus(this.entry(tree[1], row, column, t));
      case "/":
        return over(this.entry(tree[1], row, column, t), this.entry(tree[2], row, column, t));
      case "^": {
        const base = this.entry(tree[1], row, column, t);
        return Array.from({ length: Math.max(tree[2], 1) }, () => base).reduce(times);
      }
      case "T":
        return shape.length === 2 ? this.entry(tree[1], column, row, t) : this.entry(tree[1], row, column, t);
      case "product":
        return this.product(tree[1], tree[2], row, column, t);
      case "call":
        return this.called(tree[1], tree[2], row, column, t);
      case "sum": {
        const [low, high] = [tree[1] as number, tree[2] as number];
        const steps = Array.from({ length: high - low + 1 }, (_, k) => low + k);
        return steps.map((each) => this.entry(tree[3], row, column, each)).reduce(plus);
      }
    }
  }

  /** All entries, row by row. */
  private all(tree: Tree, t: number): Decimal[] {
    const shape = shapeOf(tree, this.locate);
    const columns = shape.length === 2 ? shape[1] : 1;
    return Array.from({ length: sizeOf(shape) }, (_, n) => this.entry(tree, Math.floor(n / columns), n % columns, t));
  }

  private product(operation: string, factors: Tree[], row: number, column: number, t: number): Decimal {
    if (factors.length === 1) return this.entry(factors[0], row, column, t);
    const last = factors[factors.length - 1];
    const before = factors.slice(0, -1);
    const first: Tree = before.length === 1 ? before[0] : ["product", operation as "dot", before];
    const [a, b] = [shapeOf(first, this.locate), shapeOf(last, this.locate)];
    if (operation === "outer") return times(this.all(first, t)[row], this.all(last, t)[column]);
    if (operation !== "dot" || !a.length || !b.length) {
      return times(this.entry(first, row, column, t), this.entry(last, row, column, t));
    }
    const of = (k: number): Decimal => {
      const left = a.length === 2 ? this.entry(first, row, k, t) : this.entry(first, k, 0, t);
      const right = b.length === 2 && a.length === 2 ? column : b.length === 2 ? row : 0;
      return times(left, this.entry(last, k, right, t));
    };
    return Array.from({ length: b[0] }, (_, k) => of(k)).reduce(plus);
  }

  private called(name: string, argument: Tree, row: number, column: number, t: number): Decimal {
    if (name === "sum") return this.all(argument, t).reduce(plus);
    if (name !== "max" && name !== "softmax") {
      return ofNumber(functionNamed(name)?.(toNumber(this.entry(argument, row, column, t))) ?? NaN);
    }
    const values = this.all(argument, t).map(toNumber);
    if (name === "max") return ofNumber(Math.max(...values));
    const columns = shapeOf(argument, this.locate)[1] ?? 1;
    return ofNumber(softmax(values)[row * columns + column]);
  }
}
