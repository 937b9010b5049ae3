// How long a unit keeps what it took in: the factor on the carried quantity, and its product over the steps.
import { listOf } from "../../core/lists";
import type { ModelApi } from "../../core/api";
import type { Block, Tree } from "../../core/data";
import { takesAll } from "../cell/values";
import { evaluate, valueOf } from "../../core/evaluate";
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

/** What is left over of each unit's carried value at each step: the product of the factors, [t][unit]. */
export function keptOf(model: ModelApi, block: number, keeping: Keeping, steps: number): Float64Array[] {
  const units = model.data.blocks[block]?.sizes.H ?? 1;
  const all = keeping.factors.some(takesAll);
  return listOf(steps, (_, t) => {
    const product = new Float64Array(units).fill(all ? NaN : 1);
    for (const factor of all ? [] : keeping.factors) {
      const { shape, at } = evaluate(factor, ([, name]) => {
        const numbers = model.values(placeOf(block, name, t));
        return valueOf(numbers, [numbers.length]);
      });
      for (let unit = 0; unit < units; unit += 1) product[unit] = (product[unit] ?? NaN) * at(shape.length ? unit : 0);
    }
    return product;
  });
}

/** Steps until less than half is left of what a unit held at step t; null where half or more is left at the end. */
export function halvedAfter(kept: Float64Array[], t: number, unit: number): number | null {
  let left = 1;
  for (let later = t + 1; later < kept.length; later += 1) {
    left *= kept[later]?.[unit] ?? NaN;
    if (Math.abs(left) < 0.5) return later - t;
  }
  return null;
}

/** How long before the end a unit held what is by half still there at the end; null where from the start on. */
export function heldSince(kept: Float64Array[], unit: number): number | null {
  let left = 1;
  for (let t = kept.length - 1; t > 0; t -= 1) {
    left *= kept[t]?.[unit] ?? NaN;
    if (Math.abs(left) < 0.5) return kept.length - 1 - t;
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
