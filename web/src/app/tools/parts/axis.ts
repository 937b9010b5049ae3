// An axis of a small chart: where a value lies, and its round ticks. A library would be a fifth of the page's script.
import { listOf } from "../../../core/lists";

export interface Axis {
  (value: number): number;
  ticks: { value: number; text: string }[];
}

const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const high = (exponent: number): string =>
  (exponent < 0 ? "⁻" : "") + [...String(Math.abs(exponent))].map((digit) => DIGITS[Number(digit)]).join("");

/** Steps of 1, 2 or 5 times a power of ten, about five of them. */
function step(span: number): number {
  const unit = 10 ** Math.floor(Math.log10(span / 5));
  return unit * ([1, 2, 5].find((times) => span / (unit * times) <= 6) ?? 10);
}

/** An axis from value `first` to `last`, drawn from `from` to `to`; `rounded` widens it to the next ticks. */
export function linear(first: number, last: number, from: number, to: number, rounded: boolean): Axis {
  const each = step(Math.abs(last - first));
  let [low, top] = [Math.min(first, last), Math.max(first, last)];
  if (rounded) [low, top] = [Math.floor(low / each + 1e-9) * each, Math.ceil(top / each - 1e-9) * each];
  const [start, end] = first <= last ? [low, top] : [top, low];
  const decimals = Math.max(0, -Math.floor(Math.log10(each) + 1e-9));
  const least = Math.ceil(low / each - 1e-9);
  const count = Math.floor(top / each + 1e-9) - least + 1;
  const ticks = listOf(count, (_, k) => (least + k) * each).map((value) => ({
    value,
    text: (decimals > 8 ? value.toExponential(1) : value.toFixed(decimals)).replace(/^-/, "−"),
  }));
  return Object.assign((value: number) => from + ((value - start) / (end - start)) * (to - from), { ticks });
}

/** The same by powers of ten: whole powers as ticks, not more than six. */
export function logarithmic(first: number, last: number, from: number, to: number): Axis {
  const [start, end] = [Math.log10(first), Math.log10(last)];
  const least = Math.ceil(Math.min(start, end) - 1e-9);
  const count = Math.floor(Math.max(start, end) + 1e-9) - least + 1;
  const each = Math.ceil(count / 6);
  const ticks = listOf(count, (_, k) => least + k)
    .filter((_, k) => k % each === 0)
    .map((exponent) => ({ value: 10 ** exponent, text: `10${high(exponent)}` }));
  const place = (value: number): number => from + ((Math.log10(value) - start) / (end - start)) * (to - from);
  return Object.assign(place, { ticks });
}
