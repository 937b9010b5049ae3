// How numbers are written: decimals or significant digits, ties, guard digits; as teach/worksheet/digits.py does it.
// A float stands for the shortest decimal that reads back as the same float, so 0.35 is 0.35 and a tie is a tie.
import type { PageData } from "../data";

export type Ties = PageData["ties"];

/** A decimal number: `int` · 10^−scale. */
export interface Decimal {
  int: bigint;
  scale: number;
}

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

const SMALLEST = 2.2250738585072014e-308; // below it float64 loses digits one by one; it counts as 0
const LARGEST_FIXED = 10; // a number of more digits before the point is written with a power of ten
const FLOAT_DIGITS = 15;
const NOISE_DIGITS = 4;
/** With so many guard digits a float is written as what it is in binary. */
export const ALL_GUARDS = 20;
/** Rounding errors of one line stay below this, relative to the terms it adds up. */
export const DOUBT = 1e-13;

const tenTo = (n: number): bigint => 10n ** BigInt(n);
const size = (int: bigint): bigint => (int < 0n ? -int : int);

/** The decimal that a text such as -1.5e-7 stands for. */
export function decimalOf(text: string): Decimal {
  const [digits = "0", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", decimals = ""] = digits.split(".");
  const int = BigInt(`${whole}${decimals}`.replace(/^([+-]?)$/, "0").replace("+", ""));
  const scale = decimals.length - Number(exponent);
  return scale < 0 ? { int: int * tenTo(-scale), scale: 0 } : { int, scale };
}

/** The decimal that a float stands for. */
export const exact = (value: number): Decimal => decimalOf(String(value));

/** The decimal that a float is in binary, with all its digits. */
function binary(value: number): Decimal {
  let scaled = value;
  let twos = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    twos += 1;
  }
  return { int: BigInt(scaled) * 5n ** BigInt(twos), scale: twos };
}

/** Drop so many digits of a whole number, rounded. */
function drop(int: bigint, count: number, ties: Ties): bigint {
  if (count <= 0) return int * tenTo(-count);
  const unit = tenTo(count);
  const [quotient, rest] = [size(int) / unit, (size(int) % unit) * 2n];
  const up = ties === "half-up" ? rest >= unit : ties === "half-even" && (rest > unit || (rest === unit && quotient % 2n === 1n));
  const rounded = quotient + (up ? 1n : 0n);
  return int < 0n ? -rounded : rounded;
}

const digitsIn = (int: bigint): number => size(int).toString().length;

function significantText(value: Decimal, digits: number, ties: Ties): string {
  let dropped = digitsIn(value.int) - digits;
  let int = drop(value.int, dropped, ties);
  if (digitsIn(int) > digits) {
    dropped += 1;
    int /= 10n;
  }
  const all = size(int).toString().padEnd(digits, "0");
  const exponent = dropped + digits - 1 - value.scale;
  const text = all.slice(0, 1) + (digits > 1 ? `.${all.slice(1)}` : "");
  return (int < 0n ? "-" : "") + text + (exponent ? `e${exponent}` : "");
}

function fixedText(value: Decimal, digits: number, ties: Ties): string {
  const int = drop(value.int, value.scale - digits, ties);
  if (int === 0n) return "0";
  const all = size(int).toString().padStart(digits + 1, "0");
  const cut = all.length - digits;
  return (int < 0n ? "-" : "") + all.slice(0, cut) + (digits ? `.${all.slice(cut)}` : "");
}

/** One unit of the last digit that is written of a value. */
export const unitOf = (style: Style, value: number): number =>
  style.significant ? Math.abs(value) * 10 ** (1 - style.digits) : 10 ** -style.digits;

/** Write a decimal in a style; zero is always "0", so 0.00000 never hides a number. */
export function write(style: Style, value: Decimal): string {
  if (value.int === 0n) return "0";
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
  const decimal = exact(value);
  if (style.ties !== "truncate") return decimal;
  const adjusted = digitsIn(decimal.int) - decimal.scale - 1;
  const shown = style.significant ? style.digits : style.digits + adjusted + 1;
  return shown > FLOAT_DIGITS - NOISE_DIGITS ? decimal : asFloat(decimal);
}

/** A decimal with no more digits than a calculator, or float64, has. */
export function asFloat(value: Decimal): Decimal {
  const extra = digitsIn(value.int) - FLOAT_DIGITS;
  return extra <= 0 ? value : decimalOf(`${drop(value.int, extra, "half-even")}e${extra - value.scale}`);
}

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
export function styleFor(value: number, digits: number, ties: Ties = "half-up"): Style {
  const fixed: Style = { digits, significant: false, ties };
  const largest = 10 ** Math.min(LARGEST_FIXED, FLOAT_DIGITS - digits);
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value) || magnitude < SMALLEST || (10 ** -digits < magnitude && magnitude < largest)) return fixed;
  return { ...fixed, significant: magnitude >= largest || write(fixed, exact(value)) === "0" };
}

/** A given number in its own digits (0.45, 2) if it has no more than `digits` decimals. */
export function asGiven(value: number, digits: number): Shown | null {
  if (!Number.isFinite(value) || Math.abs(value) >= 10 ** LARGEST_FIXED) return null;
  let { int, scale } = exact(value);
  while (scale > 0 && int % 10n === 0n) [int, scale] = [int / 10n, scale - 1];
  if (scale > digits) return null;
  return { text: fixedText({ int, scale }, scale, "half-up"), guard: 0 };
}

/** A float rounded as it is written by hand: what later lines go on with. */
export const rounded = (value: number, digits: number, ties: Ties): number =>
  Number.isFinite(value) ? Number(shown(styleFor(value, digits, ties), value).text) : value;

/** A number as the worksheet writes it: −0.05348, 1.2346e-7 as 1.2346e−7. */
export const numberText = (value: number, digits: number, ties: Ties = "half-up"): string =>
  shown(styleFor(value, digits, ties), value).text.replaceAll("-", "−");
