// Decimal numbers of any length: what a person means by the digits on paper.

/** n · 10^−places; null is no finite number. */
export type Decimal = { n: bigint; places: number } | null;

/** How ties are rounded. */
export type Ties = "half-up" | "half-even" | "truncate";

const QUOTIENT = 50; // digits of a quotient
const DECIMAL = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

const tenTo = (exponent: number): bigint => 10n ** BigInt(exponent);

/** Reads digits: "-0.05348", "1.2346e-7". */
export function parse(text: string): Decimal {
  const found = DECIMAL.exec(text);
  if (!found) return null;
  const [, sign, whole, fraction = "", exponent = "0"] = found;
  const n = BigInt(sign + whole + fraction);
  const places = fraction.length - Number(exponent);
  return places >= 0 ? { n, places } : { n: n * tenTo(-places), places: 0 };
}

/** The shortest decimal that reads back as the same float, so that 0.35 is 0.35 and a tie is a tie. */
export function ofNumber(value: number): Decimal {
  return Number.isFinite(value) ? parse(String(value)) : null;
}

/** The nearest float. */
export function toNumber(a: Decimal): number {
  return a === null ? NaN : Number(`${a.n}e${-a.places}`);
}

/** a + b */
export function plus(a: Decimal, b: Decimal): Decimal {
  if (!a || !b) return null;
  const places = Math.max(a.places, b.places);
  return { n: a.n * tenTo(places - a.places) + b.n * tenTo(places - b.places), places };
}

/** −a */
export function minus(a: Decimal): Decimal {
  return a && { n: -a.n, places: a.places };
}

/** a · b */
export function times(a: Decimal, b: Decimal): Decimal {
  return a && b && { n: a.n * b.n, places: a.places + b.places };
}

/** a / b to 50 digits. */
export function over(a: Decimal, b: Decimal): Decimal {
  if (!a || !b || b.n === 0n) return null;
  const more = Math.max(QUOTIENT + digitsOf(b.n) - digitsOf(a.n), b.places - a.places, 0);
  return { n: (a.n * tenTo(more)) / b.n, places: a.places - b.places + more };
}

function digitsOf(n: bigint): number {
  return String(n < 0n ? -n : n).length;
}

/** The exponent of the first digit: −2 of 0.05348; 0 of 0. */
export function exponentOf(a: Decimal): number {
  return a && a.n !== 0n ? digitsOf(a.n) - 1 - a.places : 0;
}

/** Rounded to so many places after the point, which may be fewer than none. */
export function rounded(a: Decimal, places: number, ties: Ties): Decimal {
  if (!a || a.places <= places) return a;
  const unit = tenTo(a.places - places);
  const size = a.n < 0n ? -a.n : a.n;
  let whole = size / unit;
  const twice = 2n * (size % unit);
  const tieUp = twice === unit && (ties === "half-up" || whole % 2n === 1n);
  if (ties !== "truncate" && (twice > unit || tieUp)) whole += 1n;
  const n = a.n < 0n ? -whole : whole;
  return places >= 0 ? { n, places } : { n: n * tenTo(-places), places: 0 };
}
