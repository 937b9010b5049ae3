// What a formula is worth, entry by entry, in floats or in exact decimals. An entry is worked out when it is asked
// for. It takes bound trees of any kind, where compile.ts is for the many equations of a model.
import { listOf } from "./lists";
import type { SymbolTree, Values } from "./data";
import { type Decimal, minus, ofNumber, over, parse, plus, times, toNumber } from "./decimals";
import { functionNamed } from "./functions";
import { type Node, termsOf } from "./trees";

/** A number (shape []), a vector or a matrix: its k-th entry, row by row. */
export interface Value<N = number> {
  shape: number[];
  at(k: number): N;
}
/** Reads what a symbol stands for: part and entry of it, where it names one. */
export type Read<N = number> = (symbol: SymbolTree) => Value<N>;

/** How numbers of one kind are worked with. */
interface Kind<N> {
  number(text: string): N;
  add(a: N, b: N): N;
  minus(a: N): N;
  times(a: N, b: N): N;
  over(a: N, b: N): N;
  power(a: N, exponent: number): N;
  call(name: string, a: N): N;
  float(a: N): number;
}

/** How many numbers a shape has. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers in a shape. */
export const valueOf = <N>(numbers: ArrayLike<N>, shape: number[]): Value<N> => ({ shape, at: (k) => numbers[k] });

/** All entries, row by row. */
export const flat = <N>({ shape, at }: Value<N>): N[] => listOf(sizeOf(shape), (_, k) => at(k));

/** Numbers as rows within rows, as JSON has them. */
export type Nested = number | Nested[];

/** The shape of rows within rows, or of packed numbers. */
export function shapeOf(values: Values): number[] {
  if (!Array.isArray(values)) return (typeof values === "object" && values?.shape) || [];
  return [values.length, ...(values.length ? shapeOf(values[0]) : [])];
}

/** Numbers row by row as rows within rows. */
export function nested(numbers: ArrayLike<number>, [size, ...rest]: number[]): Nested {
  const step = sizeOf(rest);
  const row = (k: number): Nested => nested(Array.from(numbers).slice(k * step, (k + 1) * step), rest);
  return size === undefined ? numbers[0] : listOf(size, (_, k) => row(k));
}

// Shapes ----------------------------------------------------------------------------------------------------------

/** The shape of two values taken entry by entry, where one of a single entry is taken for all. */
export function together(a: number[], b: number[]): number[] {
  if (sizeOf(a) === 1) return b.length >= a.length || sizeOf(b) > 1 ? b : a;
  if (sizeOf(b) === 1) return a;
  if (String(a) !== String(b)) throw new Error(`${a.join("×")} and ${b.join("×")} do not fit`);
  return a;
}

/** The shape of a product of two. */
export function ofProduct(operation: string, a: number[], b: number[]): number[] {
  if (operation === "outer") return [sizeOf(a), sizeOf(b)];
  if (operation !== "dot" || !a.length || !b.length) return together(a, b);
  if (a.at(-1) !== b[0]) throw new Error(`a product of ${a.join("×")} and ${b.join("×")} does not fit`);
  return [...a.slice(0, -1), ...b.slice(1)];
}

// Working out -----------------------------------------------------------------------------------------------------

/** What a bound formula is worth in numbers of a kind. */
function worth<N>(tree: Node, read: Read<N>, kind: Kind<N>): Value<N> {
  const value = (node: Node): Value<N> => worth(node, read, kind);
  const each = (a: Value<N>, f: (a: N) => N): Value<N> => ({ shape: a.shape, at: (k) => f(a.at(k)) });
  const pair =
    (f: (a: N, b: N) => N, shape = together) =>
    (a: Value<N>, b: Value<N>): Value<N> => {
      const [one, other] = [a, b].map((of) => (sizeOf(of.shape) === 1 ? 0 : 1));
      return { shape: shape(a.shape, b.shape), at: (k) => f(a.at(k * one), b.at(k * other)) };
    };
  const product = (operation: string) => (a: Value<N>, b: Value<N>): Value<N> => {
    const shape = ofProduct(operation, a.shape, b.shape);
    const size = sizeOf(b.shape);
    if (operation === "outer") return { shape, at: (k) => kind.times(a.at(Math.floor(k / size)), b.at(k % size)) };
    if (operation !== "dot" || !a.shape.length || !b.shape.length) return pair(kind.times)(a, b);
    const inner = b.shape[0];
    const columns = size / inner;
    const of = (row: number, column: number): N[] =>
      listOf(inner, (_, n) => kind.times(a.at(row * inner + n), b.at(n * columns + column)));
    return { shape, at: (k) => of(Math.floor(k / columns), k % columns).reduce(kind.add) };
  };
  switch (tree[0]) {
    case "number":
      return valueOf([kind.number(tree[1])], []);
    case "symbol":
      return read(tree);
    case "rows": {
      const [, rows] = tree;
      return { shape: [rows.length, rows[0].length], at: (k) => value(rows.flat()[k]).at(0) };
    }
    case "+":
      return tree[1].map(value).reduce(pair(kind.add));
    case "-":
      return each(value(tree[1]), kind.minus);
    case "product":
      return tree[2].map(value).reduce(product(tree[1]));
    case "/":
      return pair(kind.over)(value(tree[1]), value(tree[2]));
    case "^":
      return each(value(tree[1]), (a) => kind.power(a, tree[2]));
    case "T": {
      const { shape, at } = value(tree[1]);
      const [rows, columns] = shape;
      if (columns === undefined) return { shape, at };
      return { shape: [columns, rows], at: (k) => at((k % rows) * columns + Math.floor(k / rows)) };
    }
    case "sum":
      return termsOf(tree).map(value).reduce(pair(kind.add));
    case "call": {
      const [, name] = tree;
      const a = value(tree[2]);
      const largest = (): N => flat(a).reduce((x, y) => (kind.float(x) < kind.float(y) ? y : x));
      if (name === "sum") return valueOf([flat(a).reduce(kind.add)], []);
      if (name === "max") return valueOf([largest()], []);
      if (name !== "softmax") return each(a, (x) => kind.call(name, x));
      const most = kind.minus(largest());
      const raised = flat(a).map((x) => kind.call("exp", kind.add(x, most)));
      const total = raised.reduce(kind.add);
      return { shape: a.shape, at: (k) => kind.over(raised[k], total) };
    }
  }
}

/** Raises to a whole power by multiplication, as exact as NumPy's square. */
export function power(base: number, exponent: number): number {
  return exponent === 2 ? base * base : base ** exponent;
}

const call = (name: string, z: number): number => functionNamed(name)?.(z) ?? NaN;

const FLOATS: Kind<number> = {
  number: Number,
  add: (a, b) => a + b,
  minus: (a) => -a,
  times: (a, b) => a * b,
  over: (a, b) => a / b,
  power,
  call,
  float: (a) => a,
};
const DECIMALS: Kind<Decimal> = {
  number: parse,
  add: plus,
  minus,
  times,
  over,
  power: (a, exponent) => listOf(exponent, () => a).reduce(times, { n: 1n, places: 0 }),
  call: (name, a) => ofNumber(call(name, toNumber(a))),
  float: toNumber,
};

const unread = (symbol: SymbolTree): never => {
  throw new Error(`${symbol[1]} is no number`);
};

/** What a bound formula is worth. */
export const evaluate = (tree: Node, read: Read = unread): Value => worth(tree, read, FLOATS);

/** What it is worth exactly, on the digits that its numbers are written with; functions have the digits of floats. */
export const exactly = (tree: Node, read: Read = unread): Value<Decimal> =>
  worth(tree, (symbol) => {
    const { shape, at } = read(symbol);
    return { shape, at: (k) => ofNumber(at(k)) };
  }, DECIMALS);
