// Which quantities of a block have steps, in the order in which they are shown, and which gradient belongs to which.
import type { ModelApi, Place } from "../../core/api";
import type { Block, Column, PageData, Quantity, RunWindow, Tree } from "../../core/data";
import { placeOf, sizeOf } from "../places";

/** How a quantity's values are drawn: from 0 to 1, from −1 to 1, or around 0 as far as they go. */
export type Range = "gate" | "unit" | "signed";

/** One quantity with steps. */
export interface Stepped {
  name: string;
  quantity: Quantity;
  range: Range;
  /** What lies over it in the backward pass: δout over out; "" where nothing does. */
  gradient: string;
  /** Whether it is itself part of the backward pass: Δ, Δout. */
  backward: boolean;
}

const lefts = (block: Block, phases: string[]): string[] => [
  ...new Set(
    block.equations.filter((one) => phases.includes(one.phase) && one.left[3] !== null).map((one) => one.left[1]),
  ),
];

const rootFunction = (tree: Tree): string => (tree[0] === "call" ? tree[1] : "");

function rangeOf(block: Block, name: string): Range {
  const equation = block.equations.find((one) => one.left[1] === name && one.phase === "forward");
  const root = equation === undefined ? "" : rootFunction(equation.right);
  if (root === "sigmoid" || root === "softmax") return "gate";
  if (root === "tanh" || (name === "out" && block.carried.includes("state"))) return "unit";
  return "signed";
}

/** The stepped quantities of a block: x, gates, state, out, then Δout, Δ, label and loss. */
export function steppedOf(block: Block): Stepped[] {
  const has = (name: string): boolean => block.quantities[name]?.stepped === true;
  const forward = lefts(block, ["forward"]).filter(has);
  const backward = lefts(block, ["backward"]).filter(has);
  const losses = lefts(block, ["loss"]).filter((name) => name in block.quantities);
  const rows: Stepped[] = [];
  const taken = new Set<string>();
  const add = (name: string, isBackward: boolean): void => {
    const quantity = block.quantities[name];
    if (quantity === undefined || taken.has(name)) return;
    const gradient = !isBackward && backward.includes(`d_${name}`) ? `d_${name}` : "";
    taken.add(name);
    if (gradient) taken.add(gradient);
    rows.push({
      name,
      quantity,
      range: isBackward ? "signed" : rangeOf(block, name),
      gradient,
      backward: isBackward,
    });
  };
  if (has("x")) add("x", false);
  forward.forEach((name) => add(name, false));
  for (const name of ["delta_out", "delta"]) if (has(name)) add(name, true);
  backward.filter((name) => !taken.has(name)).forEach((name) => add(name, true));
  if (has("label")) add("label", false);
  losses.forEach((name) => add(name, false));
  return rows;
}

/** How many numbers one step of a quantity has. */
export const entriesIn = ({ shape }: Quantity): number => sizeOf(shape);

/** A quantity's name in a notation. */
export const nameIn = (quantity: Quantity, notation: string): string =>
  quantity.notations?.[notation]?.text ?? quantity.text;

/** When a step was, as the run's window says; "" without one, and of a head that reads the last step alone. */
export function timeOf(model: ModelApi, block: Block, t: number): string {
  const times = model.data.run?.times ?? [];
  return times.length === block.steps ? (times[t] ?? "") : "";
}

/** What a network forecasts: its head's y after the last step, or its out. */
export function forecastOf({ blocks }: PageData): Place {
  const last = blocks.length - 1;
  const { kind, steps = 1 } = blocks[last] ?? {};
  return placeOf(last, kind === "head" ? "y" : "out", steps - 1);
}

/** A number in its column's own unit. */
export const inUnit = ({ mean, scale }: Column, number = NaN): number => mean + scale * number;

/** What the outputs `y` say in their units: one that is a change counts from its column in the last row of x. */
export const saidIn = ({ inputs, outputs }: RunWindow, y: Float64Array, last: Float64Array): number[] =>
  outputs.map((output, k) => {
    const from = inputs[output.base ?? -1];
    return inUnit(from ? { ...output, mean: inUnit(from, last[output.base ?? 0]) } : output, y[k]);
  });
