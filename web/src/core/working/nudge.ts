// The gradient by trying: the loss with one number a little larger, and a little smaller.
import type { Nudged, Place } from "../api";
import type { Engine } from "./engine";
import { evaluate } from "../evaluate";
import { placeOf } from "../keys";
import type { Readings } from "./readings";
import { bind, cuttable, symbolsIn } from "../trees";
import type { Uses } from "./uses";

/** (loss(w + ε) − loss(w − ε)) / 2ε beside the gradient, in full precision; nothing is changed by it. */
export function nudged(engine: Engine, uses: Uses, readings: Readings, place: Place, epsilon: number): Nudged {
  const [index] = readings.settable(place);
  engine.reach("update");
  const saved = engine.numbers.slice();
  const { hand, given } = engine;
  const own = given[index];
  engine.hand = null;
  if (hand) engine.run();
  const gradient = gradientOf(engine, uses, readings, place);
  const lossAt = (value: number): number => {
    given[index] = value;
    engine.run("loss");
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
  const valueOf = (at: Place): number | undefined => readings.values(at, engine.numbers)[0];
  if (t !== -1) {
    // Of an x that a head reads, too, beside the outs, what comes back that way is added.
    const beside = uses
      .besideOf(place)
      .map(({ place: at, from }) => valueOf({ ...at, name: `d_${at.name}`, entry: [from + (place.entry?.[0] ?? 0)] }) ?? 0);
    return beside.reduce((sum, one) => sum + one, valueOf({ ...place, name: `d_${name}` }) ?? NaN);
  }
  const entry = place.entry?.[0] ?? 0;
  const back = valueOf({ ...placeOf(block, `delta_${name}`, -1), entry: [entry] });
  if (back !== undefined) return back;
  const work = engine.data.blocks[block].carried.includes(name) && uses.workOf(placeOf(block, `d_${name}`, 0));
  if (!work) return NaN;
  // What δ of a carried quantity would get from step 0 at the step before it: its terms that take step t + 1.
  const later = cuttable(work.equation.right).filter((term) =>
    symbolsIn(term).some(([, , , step]) => Array.isArray(step) && step[1] === 1),
  );
  const values = later.map((term) => evaluate(bind(term, -1, engine.data.blocks[block].steps), engine.reader(block)));
  return values.reduce((total, { shape, at }) => total + at(shape.length ? entry : 0), 0);
}
