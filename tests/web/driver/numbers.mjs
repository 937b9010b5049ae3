// Numbers as the pages print them, read back and compared with what Python worked out.

const HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** All numbers in a printed text: −0.05348, 1.2346e-7, 1.2·10⁻⁷. */
export function numbersIn(text) {
  const plain = text
    .replace(/[−–](?=[\d.])/g, "-")
    .replace(/\s*[·×]\s*10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (_, minus, digits) =>
      `e${minus ? "-" : ""}${[...digits].map((digit) => HIGH.indexOf(digit)).join("")}`);
  return [...plain.matchAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g)].map(([number]) => Number(number));
}

/** The one number in a text. */
export function numberIn(text) {
  const found = numbersIn(text ?? "");
  if (found.length !== 1) throw new Error(`“${text}” has ${found.length} numbers, not one`);
  return found[0];
}

/** The half of a unit in the last printed digit, and a hair. */
function halfUnit(printed, digits) {
  const size = Math.abs(printed);
  const decimals = size > 0 && size < 10 ** -digits ? digits - 1 - Math.floor(Math.log10(size)) : digits;
  return 0.5000001 * 10 ** -decimals + 1e-12 * size;
}

/** Whether a printed number is a value, rounded to so many decimals. */
export const isRounded = (printed, value, digits = 5) =>
  value === null || Number.isNaN(value) ? Number.isNaN(printed) : Math.abs(printed - value) <= halfUnit(printed, digits);
