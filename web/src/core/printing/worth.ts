// What a printed side gives when it is worked out as it stands: in floats, in decimals, or how large its terms are.
import { type Decimal, minus, ofNumber, over, parse, plus, times, toNumber } from "../decimals";
import { functionNamed } from "../functions";
import { type Node, termsOf } from "./nodes";

/** Numbers of one kind. */
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
type Rows<N> = N[][];

const same = (rows: number): number[] => [...Array(rows).keys()];

function pairs<N>(f: (a: N, b: N) => N, one: Rows<N>, other: Rows<N>): Rows<N> {
  const height = Math.max(one.length, other.length);
  const width = Math.max(one[0]?.length ?? 0, other[0]?.length ?? 0);
  const at = (rows: Rows<N>, i: number, j: number): N => {
    const row = rows[rows.length === 1 ? 0 : i] as N[];
    return row[row.length === 1 ? 0 : j] as N;
  };
  return same(height).map((i) => same(width).map((j) => f(at(one, i, j), at(other, i, j))));
}

function dot<N>(kind: Kind<N>, one: Rows<N>, other: Rows<N>): Rows<N> {
  const [columns, rows] = [one[0]?.length ?? 0, other.length];
  if (one.length * columns === 1 || rows * (other[0]?.length ?? 0) === 1) return pairs(kind.times, one, other);
  if (columns !== rows) {
    if (columns === 1 && one.length === rows) return dot(kind, [one.flat()], other); // of two vectors
    throw new Error(`${one.length} × ${columns} times ${rows}`);
  }
  const across = other[0]?.map((_, j) => other.map((row) => row[j] as N)) ?? [];
  return one.map((row) => across.map((column) => row.map((a, k) => kind.times(a, column[k] as N)).reduce(kind.add)));
}

function worked<N>(node: Node, kind: Kind<N>): Rows<N> {
  const value = (one: Node): Rows<N> => worked(one, kind);
  const each = (f: (a: N) => N, rows: Rows<N>): Rows<N> => rows.map((row) => row.map(f));
  switch (node[0]) {
    case "number":
      return [[kind.number(node[1])]];
    case "rows":
      return node[1].map((row) => row.map((entry) => value(entry)[0]?.[0] as N));
    case "+":
      return node[1].map(value).reduce((one, other) => pairs(kind.add, one, other));
    case "-":
      return each(kind.minus, value(node[1]));
    case "product":
      return node[2].map(value).reduce((one, other) => {
        if (node[1] === "dot") return dot(kind, one, other);
        if (node[1] === "outer") return one.flat().map((a) => other.flat().map((b) => kind.times(a, b)));
        return pairs(kind.times, one, other);
      });
    case "/":
      return pairs(kind.over, value(node[1]), value(node[2]));
    case "^":
      return each((a) => kind.power(a, node[2]), value(node[1]));
    case "call":
      return called(node[1], value(node[2]), kind, each);
    case "T": {
      const rows = value(node[1]);
      return rows[0]?.map((_, k) => rows.map((row) => row[k] as N)) ?? [];
    }
    case "sum":
      return termsOf(node)
        .map(value)
        .reduce((one, other) => pairs(kind.add, one, other));
    case "symbol":
      throw new Error(`${node[1]} is no number`);
  }
}

function called<N>(
  name: string,
  rows: Rows<N>,
  kind: Kind<N>,
  each: (f: (a: N) => N, rows: Rows<N>) => Rows<N>,
): Rows<N> {
  if (name === "sum") return [[rows.flat().reduce(kind.add)]];
  const largest = (): N => rows.flat().reduce((a, b) => (kind.float(a) < kind.float(b) ? b : a));
  if (name === "max") return [[largest()]];
  if (name !== "softmax") return each((a) => kind.call(name, a), rows);
  const most = kind.minus(largest());
  const raised = each((a) => kind.call("exp", kind.add(a, most)), rows);
  return pairs(kind.over, raised, [[raised.flat().reduce(kind.add)]]);
}

// The kinds -------------------------------------------------------------------------------------------------

const floats = (call: (name: string, z: number) => number): Kind<number> => ({
  number: Number,
  add: (a, b) => a + b,
  minus: (a) => -a,
  times: (a, b) => a * b,
  over: (a, b) => a / b,
  power: (a, exponent) => a ** exponent,
  call,
  float: (a) => a,
});

/** How large the errors of a function's value are relative to: σ adds those of 1 + e. */
const SIZES: Record<string, (z: number) => number> = {
  tanh: Math.abs,
  relu: Math.abs,
  softsign: Math.abs,
  abs: Math.abs,
  exp: Math.exp,
  sqrt: Math.sqrt,
  log: (z) => 1 + Math.abs(Math.log(z)),
  g: (z) => 6 + 4 * z,
};
const sizes: Kind<number> = {
  ...floats((name, z) => SIZES[name]?.(z) ?? 1 + z),
  number: (text) => Math.abs(Number(text)),
  minus: (a) => a,
};

const decimals = (call: (name: string, z: number) => number): Kind<Decimal> => ({
  number: parse,
  add: plus,
  minus,
  times,
  over,
  power: (a, exponent) => Array.from({ length: exponent }, () => a).reduce(times, { n: 1n, places: 0 }),
  call: (name, a) => ofNumber(call(name, toNumber(a))),
  float: toNumber,
});

const callOf = (name: string, z: number): number => functionNamed(name)?.(z) ?? NaN;
const inFloats = floats(callOf);
const inDecimals = decimals(callOf);

/** A side in floats, row by row. */
export const floatRows = (node: Node): number[][] => worked(node, inFloats);

/** How large the terms are that a side adds up, entry by entry. */
export const sizeWorth = (node: Node): number[] => worked(node, sizes).flat();

/** The entries of a side, exactly; functions have the digits of floats. */
export const exactWorth = (node: Node): Decimal[] => worked(node, inDecimals).flat();
