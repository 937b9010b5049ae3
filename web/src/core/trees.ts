// Equation trees as data: how to go through them, bind them to a step, and find or leave out the terms of a sum.
// What they are worth is evaluate.ts and compile.ts.
import type { Step, SymbolTree, Tree } from "./data";

/** The trees directly below one, in reading order. */
export function children(tree: Tree): Tree[] {
  switch (tree[0]) {
    case "+":
      return tree[1];
    case "-":
    case "^":
    case "T":
      return [tree[1]];
    case "product":
      return tree[2];
    case "/":
      return [tree[1], tree[2]];
    case "call":
      return [tree[2]];
    case "sum":
      return [tree[3]];
    default:
      return [];
  }
}

/** The same tree with each of its children changed. */
export function rebuild(tree: Tree, change: (child: Tree) => Tree): Tree {
  switch (tree[0]) {
    case "+":
      return ["+", tree[1].map(change)];
    case "-":
      return ["-", change(tree[1])];
    case "^":
      return ["^", change(tree[1]), tree[2]];
    case "T":
      return ["T", change(tree[1])];
    case "product":
      return ["product", tree[1], tree[2].map(change)];
    case "/":
      return ["/", change(tree[1]), change(tree[2])];
    case "call":
      return ["call", tree[1], change(tree[2])];
    case "sum":
      return ["sum", tree[1], tree[2], change(tree[3])];
    default:
      return tree;
  }
}

/** A time index at step t of T steps; what stays in letters where one of them is null. */
export function settle(step: Step, t: number | null, steps: number | null): Step {
  if (step === null || typeof step === "number") return step;
  const base = step[0] === "t" ? t : steps;
  return base === null ? step : base + step[1];
}

/** The tree at step t of T steps: state_{t-1} becomes state_2 for t = 3. A Σ binds its own t. */
export function bind(tree: Tree, t: number | null, steps: number | null): Tree {
  if (tree[0] === "symbol") {
    return tree[3] === null ? tree : [tree[0], tree[1], tree[2], settle(tree[3], t, steps), tree[4], tree[5]];
  }
  if (tree[0] === "sum") {
    return ["sum", settle(tree[1], t, steps), settle(tree[2], t, steps), bind(tree[3], null, steps)];
  }
  return rebuild(tree, (child) => bind(child, t, steps));
}

/** The terms of a Σ whose bounds are numbers, first to last. */
export function termsOf(tree: Tree & { 0: "sum" }): Tree[] {
  const [, low, high, body] = tree;
  if (typeof low !== "number" || typeof high !== "number") throw new Error("a sum's bounds must be numbers");
  return Array.from({ length: Math.max(high - low + 1, 0) }, (_, k) => bind(body, low + k, null));
}

/** The symbols of a tree in reading order; a Σ is written out where its bounds are numbers. */
export function* symbolsIn(tree: Tree): Generator<SymbolTree> {
  if (tree[0] === "symbol") yield tree;
  else if (tree[0] === "sum" && typeof tree[1] === "number" && typeof tree[2] === "number") {
    for (const term of termsOf(tree)) yield* symbolsIn(term);
  } else for (const child of children(tree)) yield* symbolsIn(child);
}

/** Whether a tree has a product with a matrix in it. */
export function hasDot(tree: Tree): boolean {
  return (tree[0] === "product" && tree[1] === "dot") || children(tree).some(hasDot);
}

/** The sum that a right-hand side adds up: itself, what stands in front of its slope, in its function or in its Σ. */
function innerSum(tree: Tree): (Tree & { 0: "+" }) | null {
  if (tree[0] === "+") return tree;
  if (tree[0] === "product" && tree[1] !== "dot" && tree[1] !== "outer") return innerSum(tree[2][0]);
  if (tree[0] === "call") return innerSum(tree[2]);
  if (tree[0] === "sum") return innerSum(tree[3]);
  return null;
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
