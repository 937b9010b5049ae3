// Colour ramps for numbers, read from the page's style so that they follow its theme.
import type { Range } from "./quantities";

type Rgb = [number, number, number];

const RAMPS: Record<"gate" | "signed", string[]> = {
  gate: ["--ramp-0", "--ramp-1"],
  signed: ["--ramp-minus", "--ramp-zero", "--ramp-plus"],
};

function parse(text: string): Rgb {
  const hex = text.trim().replace("#", "");
  const wide = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  return [0, 2, 4].map((at) => parseInt(wide.slice(at, at + 2), 16)) as Rgb;
}

/** A ramp of 256 colours as bytes, red green blue. */
export function rampOf(range: Range): Uint8Array {
  const style = getComputedStyle(document.documentElement);
  const stops = RAMPS[range === "gate" ? "gate" : "signed"].map((name) => parse(style.getPropertyValue(name)));
  const bytes = new Uint8Array(256 * 3);
  for (let k = 0; k < 256; k += 1) {
    const along = (k / 255) * (stops.length - 1);
    const first = Math.min(Math.floor(along), stops.length - 2);
    const [low, high] = [stops[first] as Rgb, stops[first + 1] as Rgb];
    for (let c = 0; c < 3; c += 1) {
      bytes[3 * k + c] = Math.round((low[c] as number) + ((high[c] as number) - (low[c] as number)) * (along - first));
    }
  }
  return bytes;
}

/** The ends of a range: [0, 1], [−1, 1], or as far as the values go to either side of 0. */
export function limitsOf(range: Range, values: Iterable<number>): [number, number] {
  if (range === "gate") return [0, 1];
  if (range === "unit") return [-1, 1];
  let most = 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most === 0 ? [-1, 1] : [-most, most];
}

/** The powers of ten below the largest gradient that still have a colour. */
export const DECADES = 6;

/** Where a value lies in a ramp, 0 to 255. Gradients by their logarithm: they shrink by powers of ten on their way back. */
export function positionOf(value: number, [low, high]: [number, number], logarithmic: boolean): number {
  let along = (value - low) / (high - low);
  if (logarithmic) {
    const size = Math.abs(value) / high;
    along = 0.5 + (Math.sign(value) * Math.max(0, 1 + Math.log10(size || 1e-300) / DECADES)) / 2;
  }
  return Math.max(0, Math.min(255, Math.round(along * 255)));
}
