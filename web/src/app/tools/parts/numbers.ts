// Numbers as people type them, and how far a slider goes.

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Read a number with a point or a comma, a hyphen or a minus, 1e-3 or 1·10^-3; a sentence where it is none. */
export function readNumber(text: string): number | string {
  const plain = text
    .trim()
    .replace(/[−–]/g, "-")
    .replace(/\s+/g, "")
    .replace(/[·×*]10\^?/, "e")
    .replace(/^([+-]?\d*),(\d+)/, "$1.$2");
  if (plain === "") return "Type a number, such as 0.45 or -1e-3.";
  if (!NUMBER.test(plain)) return `“${text.trim()}” is not a number. Write it as 0.45 or -1e-3.`;
  const value = Number(plain);
  return Number.isFinite(value) ? value : `${text.trim()} is too large: the largest number is 1.8e308.`;
}

/** A whole number from low to high; a sentence where it is none. */
export function readCount(text: string, low: number, high: number): number | string {
  const value = Number(readNumber(text));
  return Number.isInteger(value) && value >= low && value <= high
    ? value
    : `“${text.trim()}” will not do: take a whole number from ${low} to ${high}.`;
}

/** By how much an arrow key or a dragged pixel changes a number: a hundredth of its order of magnitude, or 0.01. */
export function stepOf(value: number): number {
  const size = Math.abs(value);
  if (!Number.isFinite(size) || size < 1) return 0.01;
  return 10 ** (Math.floor(Math.log10(size)) - 2);
}

/** A number without the noise that adding 0.01 many times leaves. */
export const tidy = (value: number): number => Number(value.toPrecision(12));

/** From where to where a slider of a number goes. */
export function rangeOf(value: number): [number, number] {
  const reach = Math.max(2, 2 * 10 ** Math.ceil(Math.log10(Math.max(Math.abs(value), 1))));
  return [-reach, reach];
}

/** A number as a field shows it: shortest digits that give it again. */
export const typed = (value: number): string => (Number.isNaN(value) ? "" : String(value));
