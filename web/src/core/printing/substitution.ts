// Substituted sides: a formula with displayed values put in. As teach/worksheet/work/substitution.py:
// what is printed on a line works out as printed, for guard digits are added to the operands until it does.
import { listOf } from "../lists";
import type { Place } from "../api";
import { ofNumber } from "../decimals";
import { evaluate, exactly, flat, valueOf } from "../evaluate";
import { type Digits, RAW } from "./digits";
import { children, type Node, type Of, rebuild, some, termsOf } from "../trees";
import { ALL_GUARDS, asFloat, DOUBT, doubtful, shown, type Style, write } from "../numbers";
import { sizesOf as sizedTree } from "../working/sizes";

const GUARDS = [...Array(13).keys(), ALL_GUARDS]; // tried in this order until the line reproduces
const LONG_SUM = 6; // a sum over more steps is shown by its first two terms, the middle's sum, and the last
const LONGEST = 600; // numbers in a substituted side; beyond it, only single entries are written out
/** Quantities of more entries are not worked out whole. */
export const COLUMN = 64;

const isArray = (node: Node): boolean => some(node, (one) => one[0] === "rows");

const isColumn = (node: Node): boolean => node[0] === "rows" && node[1].length > 1 && node[1][0].length === 1;

const transposed = (node: Node): Node =>
  node[0] === "rows" ? ["rows", node[1][0].map((_, k) => node[1].map((row) => row[k])), node[2]] : node;

/** How many numbers a substituted side would hold. */
function count(digits: Digits, formula: Node): number {
  if (formula[0] === "sum") {
    const terms = termsOf(formula);
    return terms.length ? count(digits, terms[0]) * Math.min(LONG_SUM, terms.length) : 0;
  }
  if (formula[0] === "symbol") {
    const [, , , step, entry] = formula;
    if (Array.isArray(step)) return 0;
    const shape = digits.shape(digits.whole(formula));
    return shape.filter((_, k) => (entry?.[k] ?? null) === null).reduce((a, b) => a * b, 1);
  }
  return children(formula).reduce((sum, child) => sum + count(digits, child), 0);
}

/** Whether a substituted side would fill pages. */
export const tooLong = (digits: Digits, formula: Node, place: Place): boolean =>
  digits.size(place) > COLUMN || count(digits, formula) > LONGEST;

/** A formula with displayed values put in, written as one writes numbers: 0.5 × 0.2. */
export function substituted(digits: Digits, formula: Node, guard = 0): Node {
  const put = (node: Node): Node => {
    if (node[0] === "symbol") return digits.array(node, guard);
    if (node[0] === "T" && node[1][0] === "symbol") return transposed(digits.array(node[1], guard));
    if (node[0] === "sum") return unrolled(node, put, digits, guard);
    if (node[0] === "call" && node[1] === "sum") {
      const inner = put(node[2]);
      return isArray(inner) ? ["call", "sum", inner] : inner;
    }
    if (node[0] !== "product") return rebuild(node, put);
    const parts = node[2].map(put);
    if (node[1] === "outer") parts[1] = transposed(parts[1]);
    if (node[1] === "dot" && parts.every(isColumn)) parts[0] = transposed(parts[0]); // of two vectors
    return ["product", parts.filter(isArray).length <= 1 ? "times" : node[1], parts];
  };
  return put(formula);
}

/** A sum over steps written out; of a long one, the middle as one displayed sum. */
function unrolled(
  sigma: Of<"sum">,
  put: (node: Node) => Node,
  digits: Digits,
  guard: number,
): Node {
  const terms = termsOf(sigma);
  if (terms.length === 1) return put(terms[0]);
  if (terms.length <= LONG_SUM || guard === RAW) return ["+", terms.map(put)];
  const number = (value: number): Node => {
    const { text, guard: low } = shown(digits.styleOf(value), value, guard);
    return ["number", text, low];
  };
  const worth = digits.middles.get(sigma[3]) ?? evaluate(substituted(digits, ["+", terms.slice(2, -1)], RAW));
  const numbers = flat(worth);
  digits.middles.set(sigma[3], valueOf(numbers, worth.shape));
  const [rows = 1, columns = 1] = worth.shape;
  const row = (k: number): Node[] => numbers.slice(k * columns, (k + 1) * columns).map(number);
  const middle: Node = numbers.length === 1 ? number(numbers[0]) : ["rows", [...Array(rows).keys()].map(row)];
  return ["+", [put(terms[0]), put(terms[1]), middle, put(terms.at(-1) as Node)]];
}

/** How large the terms are that a formula adds up, for each of so many entries. */
export function sizesOf(digits: Digits, formula: Node, entries: number): number[] {
  const sizes = flat(evaluate(sizedTree(substituted(digits, formula, RAW))));
  return listOf(entries, (_, k) => sizes[sizes.length === 1 ? 0 : k] ?? 0);
}

/** Displayed values put into a formula, with the fewest guard digits that give the result; and whether they do. */
export function settled(digits: Digits, formula: Node, place: Place, styles: Style[]): [Node, boolean] {
  const result = Array.from(digits.scene.model.values(place), (value, k) => shown(styles[k], value).text);
  let side: Node = ["number", "0"];
  for (const guard of GUARDS) {
    side = substituted(digits, formula, guard);
    if (reproduces(side, result, styles)) return [side, true];
  }
  return [side, false];
}

/** Whether a substituted side, worked out as displayed, gives the displayed result. */
function reproduces(side: Node, result: string[], styles: Style[]): boolean {
  if (some(side, (node) => node[0] === "number" && !/^-?[0-9]/.test(node[1]))) return true; // inf, missing
  const all = <T>(values: T[]): T[] => (values.length === 1 ? result.map(() => values[0]) : values);
  const [values, sizes] = [all(flat(evaluate(side))), all(flat(evaluate(sizedTree(side))))];
  const unsure = styles.some((style, k) => doubtful(style, values[k], sizes[k]));
  const decimals = unsure && values.every(Number.isFinite) ? all(flat(exactly(side))) : null;
  return styles.every((style, k) => {
    if (!Number.isFinite(values[k])) return true;
    const decimal = decimals?.[k] ?? ofNumber(values[k]);
    if (write(style, decimal) === result[k]) return true;
    if (result[k] === "0" && Math.abs(values[k]) <= DOUBT * sizes[k]) return true;
    return style.ties === "truncate" && write(style, asFloat(decimal)) === result[k];
  });
}
