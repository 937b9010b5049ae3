// Working by hand: every line is rounded as it is written before it is used, as src/gatewise/teach/worksheet does.
// Floating point does the work; decimal arithmetic decides wherever it could round differently.
import { type Decimal, ofNumber, type Ties, toNumber } from "../decimals";
import { DOUBT, doubtful, FLOAT_DIGITS, shown, SMALLEST, styleFor, write } from "../numbers";

/** How many digits are written, and what happens to a tie. */
export interface ByHand {
  digits: number;
  ties: Ties;
}

/** A decimal as it is written: so many decimals, or so many significant digits where it would read as zero. */
export function written(exact: Decimal, { digits, ties }: ByHand): number {
  const value = toNumber(exact);
  if (Number.isNaN(value)) return NaN;
  if (Math.abs(value) < SMALLEST) return 0;
  return Number(write(styleFor(value, digits, ties, exact), exact));
}

/** A given number as it is written; of one that is cut off, without the noise of its last digits. */
export function givenWritten(value: number, hand: ByHand): number {
  if (!Number.isFinite(value)) return value;
  return quickly(value, 0, hand) ?? Number(shown(styleFor(value, hand.digits, hand.ties), value).text);
}

/** A value of usual size, a sum of terms as large as `size`, rounded by floats; null where decimals must decide. */
function quickly(value: number, size: number, { digits, ties }: ByHand): number | null {
  if (value === 0 && size === 0) return 0;
  const scale = 10 ** digits;
  const own = Math.abs(value);
  const units = own * scale;
  if (!(units > 1 && units < 10 ** FLOAT_DIGITS && own < 1e6)) return null;
  const whole = Math.floor(units);
  const fraction = units - whole;
  const distance = ties === "truncate" ? Math.min(fraction, 1 - fraction) : Math.abs(fraction - 0.5);
  if (distance <= DOUBT * Math.max(size, own) * scale) return null;
  const up = ties !== "truncate" && fraction > 0.5 ? 1 : 0;
  return (Math.sign(value) * (whole + up)) / scale;
}

/** A line's value as it is written; `exact` is asked for it in decimals where floats may be wrong. */
export function lineWritten(value: number, size: number, exact: () => Decimal, hand: ByHand): number {
  if (Number.isNaN(value)) return value;
  const quick = quickly(value, size, hand);
  if (quick !== null) return quick;
  const { digits, ties } = hand;
  const unsure = doubtful({ digits, ties, significant: false }, value, size);
  return written(unsure || doubtful(styleFor(value, digits, ties), value, size) ? exact() : ofNumber(value), hand);
}
