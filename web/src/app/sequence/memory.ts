// How long a unit keeps what it took in: the factor on the carried quantity, and its product over the steps.
import type { ModelApi } from "../../core/api";
import type { Block, Tree } from "../../core/data";
import { placeOf } from "../places";

/** The carried quantity that a cell keeps, and what it is multiplied by at each step. */
export interface Keeping {
  carried: string;
  factors: Tree[];
}

const isPrevious = (tree: Tree, name: string): boolean =>
  tree[0] === "symbol" && tree[1] === name && Array.isArray(tree[3]) && tree[3][0] === "t" && tree[3][1] === -1;

/** Find f ⊙ state_{t−1} in the equation of the state (or of out): null where nothing is carried unit by unit. */
export function keepingOf(block: Block): Keeping | null {
  const carried = block.carried.includes("state") ? "state" : "out";
  const equation = block.equations.find((one) => one.phase === "forward" && one.left[1] === carried);
  if (equation === undefined) return null;
  const body = equation.right[0] === "call" ? equation.right[2] : equation.right;
  for (const term of body[0] === "+" ? body[1] : [body]) {
    if (isPrevious(term, carried)) return { carried, factors: [] };
    if (term[0] !== "product" || term[1] !== "hadamard") continue;
    const kept = term[2].findIndex((factor) => isPrevious(factor, carried));
    if (kept >= 0) return { carried, factors: term[2].filter((_, index) => index !== kept) };
  }
  return null;
}

/** What of a unit's carried value is left over at a step: ∏ of the factors. */
export function keptAt(model: ModelApi, block: number, keeping: Keeping, t: number, unit: number): number {
  const value = (tree: Tree): number => {
    switch (tree[0]) {
      case "number":
        return Number(tree[1]);
      case "symbol":
        return model.values(placeOf(block, tree[1], t))[unit] ?? NaN;
      case "-":
        return -value(tree[1]);
      case "+":
        return tree[1].reduce((sum, term) => sum + value(term), 0);
      case "product":
        return tree[2].reduce((product, factor) => product * value(factor), 1);
      default:
        return NaN;
    }
  };
  return keeping.factors.reduce((product, factor) => product * value(factor), 1);
}

/** Steps until less than half is left of what a unit held at step t; null where more is left at the end. */
export function halvedAfter(
  model: ModelApi, block: number, keeping: Keeping, steps: number, t: number, unit: number,
): number | null {
  let left = 1;
  for (let later = t + 1; later < steps; later += 1) {
    left *= keptAt(model, block, keeping, later, unit);
    if (Math.abs(left) < 0.5) return later - t;
  }
  return null;
}

/** How many steps before the end a unit held what is still there by half at the end; null where it goes back to the start. */
export function heldSince(model: ModelApi, block: number, keeping: Keeping, steps: number, unit: number): number | null {
  let left = 1;
  for (let t = steps - 1; t > 0; t -= 1) {
    left *= keptAt(model, block, keeping, t, unit);
    if (Math.abs(left) < 0.5) return steps - 1 - t;
  }
  return null;
}

/** How much each unit mattered to the loss: Σ over the steps of |δout · out|, as a share of all units. */
export function weightsOfUnits(model: ModelApi, block: number, steps: number): number[] {
  const sums: number[] = [];
  for (let t = 0; t < steps; t += 1) {
    const out = model.values(placeOf(block, "out", t));
    const gradient = model.values(placeOf(block, "d_out", t));
    out.forEach((value, unit) => {
      const part = Math.abs(value * (gradient[unit] ?? 0));
      sums[unit] = (sums[unit] ?? 0) + (Number.isFinite(part) ? part : 0);
    });
  }
  const total = sums.reduce((sum, part) => sum + part, 0);
  return sums.map((part) => (total > 0 ? part / total : 0));
}

/** The order of units by what they mattered, the most first. */
export const orderOfUnits = (weights: number[]): number[] =>
  weights.map((_, unit) => unit).sort((one, other) => (weights[other] ?? 0) - (weights[one] ?? 0) || one - other);
