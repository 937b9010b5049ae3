// What a tree is worth on nested values: a number, a vector or a matrix. It takes bound trees of any kind, where
// compile.ts is for the many equations of a model.
import type { SymbolTree, Tree } from "./data";
import { functionNamed, softmax } from "./functions";
import { termsOf } from "./trees";

/** A number, a vector or a matrix; NaN where it cannot be worked out. */
export type Value = number | Value[];
/** Reads what a symbol stands for: part and entry of it, where it names one. */
export type Read = (symbol: SymbolTree) => Value;

/** A function of each entry. */
export function each(f: (x: number) => number, a: Value): Value {
  return Array.isArray(a) ? a.map((x) => each(f, x)) : f(a);
}

/** A function of each entry of two values; numbers and vectors of one entry are taken for all. */
export function pair(f: (x: number, y: number) => number, a: Value, b: Value): Value {
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length === b.length) return a.map((x, k) => pair(f, x, b[k]));
    return b.length === 1 ? pair(f, a, b[0]) : a.length === 1 ? pair(f, a[0], b) : NaN;
  }
  if (Array.isArray(a)) return a.map((x) => pair(f, x, b));
  if (Array.isArray(b)) return b.map((y) => pair(f, a, y));
  return f(a, b);
}

/** All entries, row by row. */
export function flat(a: Value): number[] {
  return Array.isArray(a) ? a.flatMap(flat) : [a];
}

const total = (a: Value): number => flat(a).reduce((x, y) => x + y, 0);
const added = (a: Value, b: Value): Value => pair((x, y) => x + y, a, b);
const hadamard = (a: Value, b: Value): Value => pair((x, y) => x * y, a, b);

function dot(a: Value, b: Value): Value {
  if (!Array.isArray(a) || !Array.isArray(b)) return hadamard(a, b);
  if (Array.isArray(a[0])) return a.map((row) => dot(row, b));
  if (a.length !== b.length) return NaN;
  if (Array.isArray(b[0])) return transposed(b).map((column) => dot(a, column));
  return total(a.map((x, k) => (x as number) * (b[k] as number)));
}

const outer = (a: Value, b: Value): Value => flat(a).map((x) => flat(b).map((y) => x * y));

function transposed(a: Value): Value[] {
  const rows = a as Value[][];
  return Array.isArray(rows[0]) ? rows[0].map((_, k) => rows.map((row) => row[k])) : rows;
}

const PRODUCTS = { hadamard, times: hadamard, dot, outer };

/** Raises to a whole power by multiplication, as exact as NumPy's square. */
export function power(base: number, exponent: number): number {
  return exponent === 2 ? base * base : base ** exponent;
}

/** What a bound tree is worth. */
export function evaluate(tree: Tree, read: Read): Value {
  const value = (node: Tree): Value => evaluate(node, read);
  switch (tree[0]) {
    case "number":
      return Number(tree[1]);
    case "symbol":
      return read(tree);
    case "+":
      return tree[1].map(value).reduce(added);
    case "-":
      return each((x) => -x, value(tree[1]));
    case "product":
      return tree[2].map(value).reduce(PRODUCTS[tree[1]]);
    case "/":
      return pair((x, y) => x / y, value(tree[1]), value(tree[2]));
    case "^": {
      const exponent = tree[2];
      return each((x) => power(x, exponent), value(tree[1]));
    }
    case "T":
      return transposed(value(tree[1]));
    case "sum":
      return termsOf(tree).map(value).reduce(added);
    case "call":
      return called(tree[1], value(tree[2]));
  }
}

function called(name: string, argument: Value): Value {
  if (name === "sum") return total(argument);
  if (name === "max") return Math.max(...flat(argument));
  if (name === "softmax") {
    const all = softmax(flat(argument));
    let k = 0;
    return each(() => all[k++], argument);
  }
  const f = functionNamed(name);
  return f ? each(f, argument) : NaN;
}
