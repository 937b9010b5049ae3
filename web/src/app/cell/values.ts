// What a part of a cell's picture is worth at a step, for one unit.
import type { ModelApi, Place } from "../../core/api";
import type { Tree } from "../../core/data";
import { functionNamed } from "../../core/functions";
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

/** What an operation is worth; NaN where it takes weights. */
export function worth(model: ModelApi, block: number, tree: Tree, t: number, unit: number): number {
  const value = (node: Tree): number => {
    switch (node[0]) {
      case "number":
        return Number(node[1]);
      case "symbol": {
        const step = node[3];
        if (!Array.isArray(step)) return NaN;
        const numbers = model.values(placeOf(block, node[1], t + step[1]));
        return numbers[numbers.length === 1 ? 0 : unit] ?? NaN;
      }
      case "+":
        return node[1].reduce((sum, term) => sum + value(term), 0);
      case "-":
        return -value(node[1]);
      case "/":
        return value(node[1]) / value(node[2]);
      case "^":
        return value(node[1]) ** node[2];
      case "product":
        return node[1] === "hadamard" || node[1] === "times"
          ? node[2].reduce((product, factor) => product * value(factor), 1)
          : NaN;
      case "call":
        return functionNamed(node[1])?.(value(node[2])) ?? NaN;
      default:
        return NaN;
    }
  };
  return value(tree);
}
