// Working by hand: every line is rounded as it is written before it is used, as src/gatewise/teach/worksheet does.
// Floating point does the work; decimal arithmetic decides wherever it could round differently.
import type { Tree } from "../data";
import type { Decimal, Ties } from "../decimals";
import { exponentOf, ofNumber, rounded, toNumber } from "../decimals";
import { exactEntry } from "./entries";
import type { Ref } from "../layout";
import type { Locate } from "./shapes";

/** How many digits are written, and what happens to a tie. */
export interface ByHand {
  digits: number;
  ties: Ties;
}

const SMALLEST = 2.2250738585072014e-308; // below it float64 loses digits; a sheet counts that as 0
const FLOAT_DIGITS = 15; // float64 has no more
const LARGEST_FIXED = 10; // a number of more digits than this before the point is written with a power of ten
const NOISE_DIGITS = 4; // so many digits before the end of a float may be a rounding error
const DOUBT = 1e-13; // relative to the terms that are added up: errors of a line's operations stay below

/** A decimal as it is written: so many decimals, or so many significant digits where it would read as zero. */
export function written(value: Decimal, { digits, ties }: ByHand): number {
  if (value === null) return NaN;
  const size = Math.abs(toNumber(value));
  if (size < SMALLEST) return 0;
  const large = size >= 10 ** Math.min(LARGEST_FIXED, FLOAT_DIGITS - digits);
  const fixed = large ? null : rounded(value, digits, ties);
  return toNumber(fixed && fixed.n !== 0n ? fixed : rounded(value, digits - 1 - exponentOf(value), ties));
}

/** A given number as it is written; of one that is cut off, without the noise of its last digits. */
export function givenWritten(value: number, hand: ByHand): number {
  if (!Number.isFinite(value)) return value;
  let exact = ofNumber(value);
  const shown = hand.digits + exponentOf(exact) + 1;
  if (hand.ties === "truncate" && shown <= FLOAT_DIGITS - NOISE_DIGITS) {
    exact = ofNumber(Number(value.toPrecision(FLOAT_DIGITS)));
  }
  return written(exact, hand);
}

/** Whether an error in `value`, a sum of terms as large as `size`, could change what is written of it. */
function doubtful(value: number, size: number, { digits, ties }: ByHand): boolean {
  const own = Math.abs(value);
  if (own < SMALLEST || !Number.isFinite(value)) return size > 0;
  const near = (places: number): boolean => {
    const units = own * 10 ** places;
    if (!(units < 10 ** FLOAT_DIGITS)) return true;
    const fraction = units - Math.floor(units);
    const distance = ties === "truncate" ? Math.min(fraction, 1 - fraction) : Math.abs(fraction - 0.5);
    return distance <= DOUBT * Math.max(size, own) * 10 ** places;
  };
  return near(digits) || (own < 2 * 10 ** -digits && near(digits - Math.floor(Math.log10(own)) - 1));
}

/** What `roundLine` has to know of a line that was worked out at step t. */
export interface Rounded {
  target: Ref;
  tree: Tree;
  /** How large the terms are that each entry adds up. */
  sizes: Float64Array;
}

/** Rounds a line's numbers where they stand. */
export function roundLine(data: Float64Array, line: Rounded, t: number, locate: Locate, hand: ByHand): void {
  const { target, tree, sizes } = line;
  const start = target.start + t * target.step;
  const columns = target.shape.length === 2 ? target.shape[1] : 1;
  for (let n = 0; n < target.size; n++) {
    const value = data[start + n];
    if (Number.isNaN(value)) continue;
    const exact = doubtful(value, sizes[n], hand)
      ? exactEntry(tree, Math.floor(n / columns), n % columns, t, data, locate)
      : undefined;
    data[start + n] = quickly(value, exact, hand);
  }
}

function quickly(value: number, exact: Decimal | undefined, hand: ByHand): number {
  const size = Math.abs(value);
  const usual = size > 10 ** -hand.digits && size < 10 ** Math.min(6, FLOAT_DIGITS - hand.digits);
  if (exact === undefined && usual && hand.ties !== "truncate") return Number(value.toFixed(hand.digits));
  if (exact === undefined && !Number.isFinite(value)) return value;
  return written(exact ?? ofNumber(value), hand);
}
