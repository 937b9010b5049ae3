// The functions of src/gatewise/expression/functions.py and evaluation.py on plain numbers.

/** A function of one number, applied to each entry. */
export type Scalar = (value: number) => number;

/** σ without overflow: the exponential is only taken of a falling argument. */
export function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

const PLAIN: Record<string, Scalar> = {
  tanh: Math.tanh,
  sigmoid,
  relu: (z) => (z <= 0 ? 0 : z),
  step: (z) => (z > 0 ? 1 : z <= 0 ? 0 : NaN),
  hard_sigmoid: (z) => Math.min(Math.max(z / 5 + 0.5, 0), 1),
  inside: (v) => (v > 0 && v < 1 ? 1 : v <= 0 || v >= 1 ? 0 : NaN),
  softsign: (z) => z / (1 + Math.abs(z)),
  abs: Math.abs,
  softplus: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  g: (z) => 4 * sigmoid(z) - 2,
  h: (z) => 2 * sigmoid(z) - 1,
};

/** clip(3), or between(tanh, 3), the slope of a clip inside of tanh: its name, function and number. */
export const NUMBERED = /^(clip|between)\((?:([a-z_]+), )?([0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?)\)$/;
const ROUNDED = 16 * 2 ** -52; // what is as near to the value of a function at a limit as that, is at it
const NEAR = 0.011; // from a limit on, digits decide

const known = new Map<string, Scalar | null>(Object.entries(PLAIN));

/** The function of that name; null where there is none. */
export function functionNamed(name: string): Scalar | null {
  const found = known.get(name) ?? numbered(name);
  known.set(name, found);
  return found;
}

/** Makes clip(3), or between(tanh, 3), which says whether the value of tanh(clip(…, 3)) lies below its limits. */
function numbered(name: string): Scalar | null {
  const found = NUMBERED.exec(name);
  if (!found) return null;
  const [, kind, of, number] = found;
  const c = Number(number);
  if (kind === "clip") return (z) => Math.min(Math.max(z, -c), c);
  const f = of ? functionNamed(of) : (z: number) => z;
  if (!f) return null;
  const slack = of ? ROUNDED : 0;
  const limits = [f(-c), f(c)];
  const [low, high] = [limits[0] + slack * Math.abs(limits[0]), limits[1] - slack * Math.abs(limits[1])];
  const near = limits.map((limit) => NEAR * Math.max(1, Math.abs(limit)));
  return (v) => {
    if (Number.isNaN(v)) return v;
    if (!(low < v && v < high)) return 0;
    if (v - limits[0] < near[0] && !(Math.max(...cutAs(limits[0], v)) < v)) return 0;
    if (limits[1] - v < near[1] && !(v < Math.min(...cutAs(limits[1], v)))) return 0;
    return 1;
  };
}

/** A limit with as many decimals as v, rounded and cut off: 0.9640 is not below tanh(2) = 0.96403. */
function cutAs(limit: number, v: number): number[] {
  const decimals = String(v).split(".")[1]?.length ?? 0;
  const least = limit ? 2 - Math.floor(Math.log10(Math.abs(limit))) : 2;
  const unit = 10 ** Math.min(Math.max(decimals, least, 2), 15);
  return [Math.round(limit * unit) / unit, Math.trunc(limit * unit) / unit];
}

/** exp(z) over its sum, of all entries; what is largest is taken away first, so that nothing overflows. */
export function softmax(values: ArrayLike<number>): number[] {
  const all = Array.from(values);
  const most = Math.max(...all);
  const e = all.map((z) => Math.exp(z - most));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((each) => each / total);
}
