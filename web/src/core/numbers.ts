// How numbers are written: decimals or significant digits, ties, guard digits; as teach/worksheet/digits.py does it.
// A float stands for the shortest decimal that reads back as the same float, so 0.35 is 0.35 and a tie is a tie.
import { type Decimal, exponentOf, ofNumber, rounded as roundedTo, type Ties } from "./decimals";

/** A number as it is shown; the last `guard` of its digits are set apart. ASCII: -0.05348, 1.2346e-7. */
export interface Shown {
  text: string;
  guard: number;
}

/** So many decimals or, if `significant`, so many significant digits. */
export interface Style {
  digits: number;
  significant: boolean;
  ties: Ties;
}

/** Below it float64 loses digits one by one; it counts as 0. */
export const SMALLEST = 2.2250738585072014e-308;
const LARGEST_FIXED = 10; // a number of more digits before the point is written with a power of ten
/** float64 has no more. */
export const FLOAT_DIGITS = 15;
const NOISE_DIGITS = 4;
/** With so many guard digits a float is written as what it is in binary. */
export const ALL_GUARDS = 20;
/** Rounding errors of one line stay below this, relative to the terms it adds up. */
export const DOUBT = 1e-13;

/** The decimal that a float is in binary, with all its digits. */
function binary(value: number): Decimal {
  let scaled = value;
  let twos = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    twos += 1;
  }
  return { n: BigInt(scaled) * 5n ** BigInt(twos), places: twos };
}

/** The digits of a decimal without its sign, at least so many. */
const digitsOf = (value: Decimal): string => String(value?.n ?? 0n).replace("-", "");
const signOf = (value: Decimal): string => (value && value.n < 0n ? "-" : "");

function significantText(value: Decimal, digits: number, ties: Ties): string {
  const kept = roundedTo(value, digits - 1 - exponentOf(value), ties);
  const all = digitsOf(kept).slice(0, digits).padEnd(digits, "0");
  const exponent = exponentOf(kept);
  return signOf(kept) + all.slice(0, 1) + (digits > 1 ? `.${all.slice(1)}` : "") + (exponent ? `e${exponent}` : "");
}

function fixedText(value: Decimal, digits: number, ties: Ties): string {
  const kept = roundedTo(value, digits, ties);
  if (!kept || kept.n === 0n) return "0";
  const all = (digitsOf(kept) + "0".repeat(digits - kept.places)).padStart(digits + 1, "0");
  const cut = all.length - digits;
  return signOf(kept) + all.slice(0, cut) + (digits ? `.${all.slice(cut)}` : "");
}

/** One unit of the last digit that is written of a value. */
export const unitOf = (style: Style, value: number): number =>
  style.significant ? Math.abs(value) * 10 ** (1 - style.digits) : 10 ** -style.digits;

/** Write a decimal in a style; zero is always "0", so 0.00000 never hides a number. */
export function write(style: Style, value: Decimal): string {
  if (!value || value.n === 0n) return "0";
  return (style.significant ? significantText : fixedText)(value, style.digits, style.ties);
}

/** Whether a rounding error in a value, a sum of terms as large as `terms`, could change its digits. */
export function doubtful(style: Style, value: number, terms = 0): boolean {
  const magnitude = Math.abs(value);
  if (magnitude < SMALLEST || !Number.isFinite(value)) return terms > 0;
  let places = style.digits;
  if (style.significant) places -= Math.floor(Math.log10(magnitude)) + 1;
  const units = places < 300 ? magnitude * 10 ** places : Infinity;
  if (units >= 10 ** FLOAT_DIGITS) return true;
  const fraction = units - Math.floor(units);
  const distance = style.ties === "truncate" ? Math.min(fraction, 1 - fraction) : Math.abs(fraction - 0.5);
  return distance <= DOUBT * Math.max(terms, magnitude) * 10 ** places;
}

/** The decimal of a float without the noise of its last digits, where they are cut off and not rounded. */
function meant(style: Style, value: number): Decimal {
  const decimal = ofNumber(value);
  if (style.ties !== "truncate") return decimal;
  const digits = style.significant ? style.digits : style.digits + exponentOf(decimal) + 1;
  return digits > FLOAT_DIGITS - NOISE_DIGITS ? decimal : asFloat(decimal);
}

/** A decimal with no more digits than a calculator, or float64, has. */
export const asFloat = (value: Decimal): Decimal => roundedTo(value, FLOAT_DIGITS - 1 - exponentOf(value), "half-even");

const NAMED: Record<string, string> = { Infinity: "inf", "-Infinity": "-inf", NaN: "missing" };

/** Write a float in a style, with `guard` digits more. */
export function shown(style: Style, value: number, guard = 0): Shown {
  const named = NAMED[String(value)];
  if (named !== undefined) return { text: named, guard: 0 };
  if (Math.abs(value) < SMALLEST) return { text: "0", guard: 0 };
  const finer = guard ? { ...style, digits: style.digits + guard } : style;
  const magnitude = Math.abs(value);
  const quick = !style.significant && style.ties !== "truncate" && magnitude > 10 ** -finer.digits && magnitude < 1e6;
  let text: string;
  if (guard >= ALL_GUARDS) text = write(finer, binary(value));
  else if (quick && !doubtful(finer, value)) text = value.toFixed(finer.digits);
  else text = write(finer, meant(finer, value));
  return { text, guard: text === "0" ? 0 : guard };
}

/** Choose decimals for a value, unless it would read as zero or is very large. */
export function styleFor(value: number, digits: number, ties: Ties = "half-up", exact = ofNumber(value)): Style {
  const fixed: Style = { digits, significant: false, ties };
  const largest = 10 ** Math.min(LARGEST_FIXED, FLOAT_DIGITS - digits);
  const magnitude = Math.abs(value);
  const usual = 10 ** -digits < magnitude && magnitude < largest;
  if (!Number.isFinite(value) || magnitude < SMALLEST || usual) return fixed;
  return { ...fixed, significant: magnitude >= largest || write(fixed, exact) === "0" };
}

/** A given number in its own digits (0.45, 2) if it has no more than `digits` decimals. */
export function asGiven(value: number, digits: number): Shown | null {
  if (!Number.isFinite(value) || Math.abs(value) >= 10 ** LARGEST_FIXED) return null;
  const decimal = ofNumber(value);
  if (!decimal || decimal.places > digits) return null; // the shortest decimal has no zeros at its end
  return { text: fixedText(decimal, decimal.places, "half-up"), guard: 0 };
}

/** A number as the worksheet writes it: −0.05348, 1.2346e−7. */
export const numberText = (value: number, digits: number, ties: Ties = "half-up"): string =>
  shown(styleFor(value, digits, ties), value).text.replaceAll("-", "−");
