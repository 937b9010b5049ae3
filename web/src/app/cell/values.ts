// What a part of a cell's picture is worth at a step, for one unit.
import type { ModelApi, Place } from "../../core/api";
import type { Tree } from "../../core/data";
import { evaluate, valueOf } from "../../core/evaluate";
import { functionNamed } from "../../core/functions";
import { some } from "../../core/trees";
import { placeOf } from "../places";

/** The place that is chosen with a quantity: the unit's entry where there are several units. */
export function placeAt(model: ModelApi, block: number, name: string, t: number, unit: number): Place | null {
  const place = placeOf(block, name, t);
  if (!model.exists(place)) return null;
  const { sizes, quantities } = model.data.blocks[block] ?? { sizes: {}, quantities: {} };
  const size = quantities[name]?.shape[0] ?? 1;
  return size > 1 && size === sizes.H && unit < size ? { ...place, entry: [unit] } : place;
}

/** One number for a place: its own, or the length of the vector. */
export function sizeAt(numbers: number[]): number {
  if (numbers.length === 1) return numbers[0] ?? NaN;
  return numbers.length === 0 ? NaN : Math.hypot(...numbers);
}

/** Whether a formula takes all units at once. */
export const takesAll = (tree: Tree): boolean =>
  some(tree, (node) =>
    node[0] === "call"
      ? !functionNamed(node[1])
      : node[0] === "product"
        ? node[1] === "dot" || node[1] === "outer"
        : node[0] === "T" || node[0] === "sum",
  );

/** What an operation is worth for one unit at a step; NaN where it takes weights, or all units at once. */
export const worth = (model: ModelApi, block: number, tree: Tree, t: number, unit: number): number =>
  takesAll(tree)
    ? NaN
    : evaluate(tree, ([, name, , step]) => {
        const numbers = Array.isArray(step) ? model.values(placeOf(block, name, t + step[1])) : [];
        return valueOf([numbers[numbers.length === 1 ? 0 : unit] ?? NaN], []);
      }).at(0);
