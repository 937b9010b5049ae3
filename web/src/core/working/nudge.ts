// The gradient by trying: the loss with one number a little larger, and a little smaller.
import type { Nudged, Place } from "../api";
import type { SymbolTree, Tree } from "../data";
import type { Engine } from "./engine";
import type { Value } from "../evaluate";
import { evaluate, flat } from "../evaluate";
import type { Ref } from "../layout";
import { placeOf } from "../keys";
import type { Readings } from "./readings";
import { bind, cuttable, symbolsIn } from "../trees";
import type { Uses } from "./uses";

/** (loss(w + ε) − loss(w − ε)) / 2ε beside the gradient, in full precision; nothing is changed by it. */
export function nudged(engine: Engine, uses: Uses, readings: Readings, place: Place, epsilon: number): Nudged {
  const [index] = readings.settable(place);
  const saved = engine.numbers.slice();
  const { hand, given } = engine;
  const own = given[index];
  engine.hand = null;
  if (hand) engine.run();
  const gradient = gradientOf(engine, uses, readings, place);
  const lossAt = (value: number): number => {
    given[index] = value;
    engine.run(false);
    return engine.loss();
  };
  const estimate = (lossAt(own + epsilon) - lossAt(own - epsilon)) / (2 * epsilon);
  given[index] = own;
  engine.hand = hand;
  engine.numbers.set(saved);
  return { epsilon, estimate, gradient, difference: estimate - gradient };
}

/** The gradient of one entry of what is given: δW of W, δx_t of x_t, that of an initial value; NaN of others. */
function gradientOf(engine: Engine, uses: Uses, readings: Readings, place: Place): number {
  const { block, name, t } = place;
  const { carried } = engine.data.blocks[block];
  const own = { ...place, name: `d_${name}` };
  if (t !== -1) return readings.values(own, engine.numbers)[0] ?? NaN;
  const entry = place.entry?.[0] ?? 0;
  const back = readings.values({ ...placeOf(block, `delta_${name}`, -1), entry: [entry] }, engine.numbers);
  if (back.length) return back[0];
  return carried.includes(name) ? initialGradient(engine, uses, placeOf(block, name, -1), entry) : NaN;
}

/** What δ of a carried quantity would get from step 0 at the step before it: its terms that take step t + 1. */
function initialGradient(engine: Engine, uses: Uses, { block, name }: Place, entry: number): number {
  const work = uses.workOf(placeOf(block, `d_${name}`, 0));
  if (!work) return NaN;
  const later = cuttable(work.equation.right).filter((term) =>
    [...symbolsIn(term)].some(([, , , step]) => Array.isArray(step) && step[1] === 1),
  );
  const values = later.map((term) => flat(worth(engine, block, bind(term, -1, engine.data.blocks[block].steps))));
  return values.reduce((total, each) => total + (each[entry] ?? each[0]), 0);
}

/** What a bound tree is worth on a block's numbers. */
export function worth(engine: Engine, block: number, tree: Tree): Value {
  return evaluate(tree, (symbol) => nested(engine, block, symbol));
}

/** What a bound symbol stands for, as nested values. */
export function nested(engine: Engine, block: number, symbol: SymbolTree): Value {
  const ref: Ref = engine.locate[block](symbol);
  const all = Array.from(engine.numbers.subarray(ref.start, ref.start + ref.size));
  if (ref.shape.length === 0) return all[0];
  if (ref.shape.length === 1) return all;
  const [rows, columns] = ref.shape;
  return Array.from({ length: rows }, (_, k) => all.slice(k * columns, (k + 1) * columns));
}
