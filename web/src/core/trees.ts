// Formulas as trees: how to go through them, bind them to a step, and find or leave out the terms of a sum.
// What they are worth is evaluate.ts and compile.ts.
import { listOf } from "./lists";
import type { Place } from "./api";
import type { Step, SymbolTree, Tree } from "./data";

/** A formula as it is printed: a tree with numbers and matrices put in, which know their places. */
export type Node =
  | ["number", text: string, guard?: number, place?: Place]
  | SymbolTree
  | ["rows", rows: Node[][], place?: Place]
  | ["+", terms: Node[]]
  | ["-", argument: Node]
  | ["product", operation: Operation, factors: Node[]]
  | ["/", top: Node, bottom: Node]
  | ["^", base: Node, exponent: number]
  | ["call", name: string, argument: Node]
  | ["T", argument: Node]
  | ["sum", low: Step, high: Step, body: Node];
export type Operation = "hadamard" | "dot" | "outer" | "times";
/** A node of one kind. */
export type Of<K extends Node[0]> = Extract<Node, [K, ...unknown[]]>;

/** Where the trees below one stand in it. */
const BELOW: Partial<Record<Node[0], number[]>> = {
  rows: [1], "+": [1], "-": [1], "^": [1], T: [1], product: [2], "/": [1, 2], call: [2], sum: [3],
};

type Part<N> = N | Part<N>[];

/** The same tree with each of its children changed. */
export function rebuild<N extends Node>(tree: N, change: (child: N) => N): N {
  const changed = (part: Part<N>): Part<N> =>
    typeof (part as N)[0] === "string" ? change(part as N) : (part as Part<N>[]).map(changed);
  const below = BELOW[tree[0]];
  return below ? ((tree as unknown[]).map((part, k) => (below.includes(k) ? changed(part as N) : part)) as N) : tree;
}

/** The trees directly below one, in reading order. */
export function children(tree: Tree): Tree[];
export function children(tree: Node): Node[];
export function children(tree: Node): Node[] {
  const found: Node[] = [];
  rebuild(tree, (child) => (found.push(child), child));
  return found;
}

/** Whether something is so of a tree or of any below it. */
export const some = (tree: Node, is: (node: Node) => boolean): boolean =>
  is(tree) || children(tree).some((child) => some(child, is));

/** A time index at step t of T steps; what stays in letters where one of them is null. */
export function settle(step: Step, t: number | null, steps: number | null): Step {
  if (step === null || typeof step === "number") return step;
  const base = step[0] === "t" ? t : steps;
  return base === null ? step : base + step[1];
}

/** The tree at step t of T steps: state_{t-1} becomes state_2 for t = 3. A Σ binds its own t. */
export function bind<N extends Node>(tree: N, t: number | null, steps: number | null): N {
  const settled: Node = [...tree];
  if (settled[0] === "symbol") settled[3] = settle(settled[3], t, steps);
  if (settled[0] !== "sum") return rebuild(settled as N, (child) => bind(child, t, steps));
  const [, low, high, body] = settled;
  return ["sum", settle(low, t, steps), settle(high, t, steps), bind(body, null, steps)] as N;
}

/** The first and the last step of a Σ. */
export function boundsOf([, low, high]: Of<"sum">): [low: number, high: number] {
  if (typeof low !== "number" || typeof high !== "number") throw new Error("a sum's bounds must be numbers");
  return [low, high];
}

/** The terms of a Σ whose bounds are numbers, first to last. */
export function termsOf<N extends Node>(sum: N & { 0: "sum" }): N[] {
  const [low, high] = boundsOf(sum);
  return listOf(Math.max(high - low + 1, 0), (_, k) => bind(sum[3] as N, low + k, null));
}

/** The symbols of a tree in reading order; a Σ is written out where its bounds are numbers. */
export function symbolsIn(tree: Tree): SymbolTree[] {
  if (tree[0] === "symbol") return [tree];
  const writtenOut = tree[0] === "sum" && typeof tree[1] === "number" && typeof tree[2] === "number";
  return (writtenOut ? termsOf(tree) : children(tree)).flatMap(symbolsIn);
}

/** Whether a tree has a product with a matrix in it. */
export const hasDot = (tree: Tree): boolean => some(tree, (node) => node[0] === "product" && node[1] === "dot");

/** The sum that a right-hand side adds up: itself, what stands in front of its slope, in its function or in its Σ. */
function innerSum(tree: Tree): (Tree & { 0: "+" }) | null {
  if (tree[0] === "+") return tree;
  if (tree[0] === "product" && tree[1] !== "dot" && tree[1] !== "outer") return innerSum(tree[2][0]);
  return tree[0] === "call" || tree[0] === "sum" ? innerSum(children(tree)[0]) : null;
}

/** The terms that can be cut out of a right-hand side: those of its sum, or all of it. */
export function cuttable(tree: Tree): Tree[] {
  return innerSum(tree)?.[1] ?? [tree];
}

const NOTHING: Tree = ["number", "0"];

/** A right-hand side without some of the terms that `cuttable` names; 0 where none is left. */
export function without(tree: Tree, terms: ReadonlySet<number>): Tree {
  const sum = innerSum(tree);
  if (sum === null) return terms.has(0) ? NOTHING : tree;
  const left = sum[1].filter((_, k) => !terms.has(k));
  const instead: Tree = left.length > 1 ? ["+", left] : (left[0] ?? NOTHING);
  const replaced = (node: Tree): Tree => (node === sum ? instead : rebuild(node, replaced));
  return replaced(tree);
}
