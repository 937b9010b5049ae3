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

/** A ramp of 256 colours as pixels, in the order of bytes of an image: red, green, blue, opaque. */
export function rampOf(range: Range): Uint32Array {
  const style = getComputedStyle(document.documentElement);
  const stops = RAMPS[range === "gate" ? "gate" : "signed"].map((name) => parse(style.getPropertyValue(name)));
  const bytes = new Uint8Array(256 * 4).fill(255);
  for (let k = 0; k < 256; k += 1) {
    const along = (k / 255) * (stops.length - 1);
    const first = Math.min(Math.floor(along), stops.length - 2);
    const [low, high] = [stops[first] as Rgb, stops[first + 1] as Rgb];
    for (let c = 0; c < 3; c += 1) {
      bytes[4 * k + c] = Math.round((low[c] as number) + ((high[c] as number) - (low[c] as number)) * (along - first));
    }
  }
  return new Uint32Array(bytes.buffer);
}

/** The ends of a range: [0, 1], [−1, 1], or as far as the values go to either side of 0. */
export function limitsOf(range: Range, values: Float64Array[]): [number, number] {
  if (range === "gate") return [0, 1];
  if (range === "unit") return [-1, 1];
  let most = 0;
  for (const step of values)
    for (const value of step) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most === 0 ? [-1, 1] : [-most, most];
}

/** The powers of ten below the largest gradient that still have a colour. */
export const DECADES = 6;

/** Paint numbers on an image, a column for each step, a row for each entry in their order; what is none stays clear.
 *  Gradients have colours by their logarithm: they shrink by powers of ten on their way back. */
export function paint(
  image: ImageData,
  steps: Float64Array[],
  order: number[] | null,
  ramp: Uint32Array,
  [low, high]: [number, number],
  logarithmic: boolean,
): void {
  const pixels = new Uint32Array(image.data.buffer);
  pixels.fill(0);
  const { width, height } = image;
  const scale = 255 / (high - low);
  const shade = 127.5 / (DECADES * Math.LN10);
  const least = high * 10 ** -DECADES;
  for (let t = 0; t < width; t += 1) {
    const values = steps[t] as Float64Array;
    for (let row = 0; row < height; row += 1) {
      const value = values[order === null ? row : (order[row] as number)] as number;
      if (!Number.isFinite(value)) continue;
      let at = (value - low) * scale;
      if (logarithmic) {
        const size = Math.abs(value);
        at = 127.5 + (size <= least ? 0 : Math.sign(value) * Math.log(size / least) * shade);
      }
      pixels[row * width + t] = ramp[at <= 0 ? 0 : at >= 255 ? 255 : Math.round(at)] as number;
    }
  }
}
