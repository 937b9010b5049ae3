// One entry of a vector or matrix equation as a scalar equation, and the rows of one gate of it. As work/entries.py.
import { listOf } from "../lists";
import type { Place } from "../api";
import type { Block, SymbolTree } from "../data";
import { type Node, rebuild } from "../trees";

/** Inner products of more terms stay whole: a row times a column. */
const LONG_DOT = 8;

/** Quantities without a shape. */
const isScalar = (name: string): boolean => name === "learning_rate" || name === "loss";

/** The parts whose rows are stacked in a symbol; none where it names one of them. */
export function partsOf(block: Block, name: string, part: string): string[] {
  return part ? [] : (block.joined[name]?.map((one) => one.replace(/^d_/, "")) ?? block.quantities[name]?.parts ?? []);
}

/** The whole quantity that has a line of its own: with its part where parts are worked out one by one. */
export function lineOf(block: Block, place: Place): Place {
  return { ...place, part: block.byPart[place.name] ? place.part : "", entry: null };
}

/** The shape of a symbol without its entry. */
export function shapeOf(block: Block, name: string, part: string): number[] {
  const quantity = block.quantities[name];
  if (!quantity) return [];
  const [rows, ...rest] = quantity.shape;
  const parts = quantity.parts.length;
  return part && parts && rows !== undefined ? [rows / parts, ...rest] : quantity.shape;
}

type Entry = SymbolTree[4];

/** A symbol at the same step with another name, part and entry. */
const named = ([, , , step, , isNew]: SymbolTree, name: string, part: string, entry: Entry): SymbolTree =>
  ["symbol", name, part, step, entry, isNew];

/** The k-th of the quantities that are stacked in a symbol: of δgates δi, of W the rows of its gate. */
function stacked(block: Block, symbol: SymbolTree, k: number, entry = symbol[4]): SymbolTree {
  const [, name, part] = symbol;
  const joined = block.joined[name]?.[k];
  return joined ? named(symbol, joined, "", entry) : named(symbol, name, partsOf(block, name, part)[k], entry);
}

/** One entry of a named quantity; of a stacked one by its gate: row 3 of δgates is δo[0] of one unit. */
export function entrySymbol(block: Block, symbol: SymbolTree, entry: (number | null)[]): SymbolTree {
  const [, name, part] = symbol;
  if (isScalar(name)) return symbol;
  const parts = partsOf(block, name, part).length;
  const [row, ...column] = entry;
  if (!parts || row === null) return named(symbol, name, part, entry);
  const units = (block.quantities[name]?.shape[0] ?? parts) / parts;
  return stacked(block, symbol, Math.floor(row / units), [row % units, ...column]);
}

/** The scalar formula of one entry. */
export function entryOf(block: Block, node: Node, entry: number[]): Node {
  const pick = (one: Node): Node => entryOf(block, one, entry);
  if (node[0] === "symbol") return entrySymbol(block, node, entry);
  if (node[0] === "product") {
    const [, operation, factors] = node;
    const [first, second] = factors;
    if (operation === "dot" && factors.length === 2 && second[0] === "symbol") {
      if (first[0] === "symbol") return rowTimes(block, first, second, entry);
      if (first[0] === "T" && first[1][0] === "symbol") return columnTimes(block, first[1], second, entry[0]);
    }
    if (operation === "outer")
      return times(entryOf(block, first, entry.slice(0, 1)), entryOf(block, second, entry.slice(1)));
    if (operation === "hadamard") return ["product", "times", factors.map(pick)];
  }
  if (node[0] === "+") return summed(node[1].map(pick));
  // Of all entries together, an entry is not picked inside of them.
  if (node[0] === "call" && ["sum", "max", "softmax"].includes(node[1])) return node;
  return rebuild(node, pick);
}

/** A sum with those among its terms taken in; a single term alone. */
function summed(terms: Node[]): Node {
  const flat = terms.flatMap((term) => (term[0] === "+" ? term[1] : [term]));
  return flat.length === 1 ? flat[0] : ["+", flat];
}

const times = (first: Node, second: Node): Node => ["product", "times", [first, second]];

function rowTimes(block: Block, matrix: SymbolTree, vector: SymbolTree, entry: number[]): Node {
  const [, columns = 1] = shapeOf(block, matrix[1], matrix[2]);
  if (columns > LONG_DOT) return ["product", "dot", [entrySymbol(block, matrix, [...entry, null]), vector]];
  const term = (_: unknown, k: number): Node =>
    times(entrySymbol(block, matrix, [...entry, k]), entrySymbol(block, vector, [k]));
  return summed(listOf(columns, term));
}

/** Entry `column` of Wᵀ·δgates, gate by gate, or of Rᵀ·δout. */
function columnTimes(block: Block, matrix: SymbolTree, vector: SymbolTree, column: number): Node {
  const gates = partsOf(block, vector[1], vector[2]);
  const [rows = 1] = shapeOf(block, vector[1], vector[2]);
  const pairs = gates.map((gate, k) => [named(matrix, matrix[1], gate, matrix[4]), stacked(block, vector, k, null)]);
  const terms = (gates.length ? pairs : [[matrix, vector]]).flatMap(([weights, values]): Node[] => {
    if (rows > LONG_DOT) return [["product", "dot", [entrySymbol(block, weights, [null, column]), values]]];
    const term = (_: unknown, k: number): Node =>
      times(entrySymbol(block, weights, [k, column]), entrySymbol(block, values, [k]));
    return listOf(rows / (pairs.length || 1), term);
  });
  return summed(terms);
}

/** The rows of one gate of a formula whose rows are those of all gates. */
export function partOf(block: Block, node: Node, part: string): Node {
  const pick = (one: Node): Node => partOf(block, one, part);
  if (node[0] === "symbol") {
    const k = partsOf(block, node[1], node[2]).indexOf(part);
    return k < 0 ? node : stacked(block, node, k);
  }
  if (node[0] === "product" && (node[1] === "outer" || node[1] === "dot")) {
    const [first, ...others] = node[2];
    return ["product", node[1], [pick(first), ...others]];
  }
  return rebuild(node, pick);
}
