// One entry of a vector or matrix equation as a scalar equation, and the rows of one gate of it. As work/entries.py.
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

/** The shape of a symbol without its entry. */
export function shapeOf(block: Block, name: string, part: string): number[] {
  const quantity = block.quantities[name];
  if (!quantity) return [];
  const [rows, ...rest] = quantity.shape;
  const parts = quantity.parts.length;
  return part && parts && rows !== undefined ? [rows / parts, ...rest] : quantity.shape;
}

/** One entry of a named quantity; of a stacked one by its gate: row 3 of δgates is δo[0] of one unit. */
export function entrySymbol(block: Block, symbol: SymbolTree, entry: (number | null)[]): SymbolTree {
  const [, name, part, step, , isNew] = symbol;
  if (isScalar(name)) return symbol;
  const parts = partsOf(block, name, part);
  const row = entry[0];
  if (!parts.length || row === null || row === undefined) return ["symbol", name, part, step, entry, isNew];
  const units = (block.quantities[name]?.shape[0] ?? parts.length) / parts.length;
  const gate = parts[Math.floor(row / units)] ?? "";
  const place = [row % units, ...entry.slice(1)];
  const joined = block.joined[name];
  if (joined) return ["symbol", joined[Math.floor(row / units)] ?? name, "", step, place, isNew];
  return ["symbol", name, gate, step, place, isNew];
}

/** The scalar formula of one entry. */
export function entryOf(block: Block, node: Node, entry: number[]): Node {
  const pick = (one: Node): Node => entryOf(block, one, entry);
  if (node[0] === "symbol") return entrySymbol(block, node, entry);
  if (node[0] === "product") {
    const [, operation, factors] = node;
    const [first, second] = factors as [Node, Node];
    if (operation === "dot" && factors.length === 2 && second[0] === "symbol") {
      if (first[0] === "symbol") return rowTimes(block, first, second, entry);
      if (first[0] === "T" && first[1][0] === "symbol") return columnTimes(block, first[1], second, entry[0] ?? 0);
    }
    if (operation === "outer")
      return ["product", "times", [entryOf(block, first, entry.slice(0, 1)), entryOf(block, second, entry.slice(1))]];
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
  return flat.length === 1 ? (flat[0] as Node) : ["+", flat];
}

function rowTimes(block: Block, matrix: SymbolTree, vector: SymbolTree, entry: number[]): Node {
  const [, columns = 1] = shapeOf(block, matrix[1], matrix[2]);
  if (columns > LONG_DOT) return ["product", "dot", [entrySymbol(block, matrix, [...entry, null]), vector]];
  const term = (k: number): Node => [
    "product",
    "times",
    [entrySymbol(block, matrix, [...entry, k]), entrySymbol(block, vector, [k])],
  ];
  return summed(Array.from({ length: columns }, (_, k) => term(k)));
}

/** Entry `column` of Wᵀ·δgates, gate by gate, or of Rᵀ·δout. */
function columnTimes(block: Block, matrix: SymbolTree, vector: SymbolTree, column: number): Node {
  const [, name, part, step, entry, isNew] = matrix;
  const parts = partsOf(block, vector[1], vector[2]);
  const [rows = 1] = shapeOf(block, vector[1], vector[2]);
  const blocks: [SymbolTree, SymbolTree][] = parts.length
    ? parts.map((gate, k) => [
        ["symbol", name, gate, step, entry, isNew],
        block.joined[vector[1]]
          ? ["symbol", block.joined[vector[1]]?.[k] ?? "", "", vector[3], null, false]
          : ["symbol", vector[1], gate, vector[3], null, false],
      ])
    : [[["symbol", name, part, step, entry, isNew], vector]];
  const own = rows / (parts.length || 1);
  const terms = blocks.flatMap(([weights, values]): Node[] => {
    if (rows > LONG_DOT) return [["product", "dot", [entrySymbol(block, weights, [null, column]), values]]];
    return Array.from({ length: own }, (_, k) => [
      "product",
      "times",
      [entrySymbol(block, weights, [k, column]), entrySymbol(block, values, [k])],
    ]);
  });
  return summed(terms);
}

/** The rows of one gate of a formula whose rows are those of all gates. */
export function partOf(block: Block, node: Node, part: string): Node {
  const pick = (one: Node): Node => partOf(block, one, part);
  if (node[0] === "symbol") {
    const [, name, own, step, entry, isNew] = node;
    const k = partsOf(block, name, own).indexOf(part);
    if (k < 0) return node;
    const joined = block.joined[name]?.[k];
    return joined ? ["symbol", joined, "", step, entry, isNew] : ["symbol", name, part, step, entry, isNew];
  }
  if (node[0] === "product" && (node[1] === "outer" || node[1] === "dot")) {
    const [first, ...others] = node[2] as [Node, ...Node[]];
    return ["product", node[1], [pick(first), ...others]];
  }
  return rebuild(node, pick);
}
