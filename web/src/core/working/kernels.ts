// The loops that compiled equations are made of, on numbers where they stand; compile.ts puts them together.
import { sizeOf } from "../evaluate";
import { functionNamed, type Scalar, softmax } from "../functions";
import type { Ref } from "../layout";

/** Works out what it was made for, at step t. */
export type Run = (t: number) => void;

/** Where a value stands once `run` was called at step t: in `data`, from `start + t · step` on. */
export interface Code extends Ref {
  data: Float64Array;
  run: Run | null;
}

/** Room for a value: where it is to stand in the end if it has that shape, else its own. */
export function room(shape: number[], out?: Code): Code {
  if (out && sizeOf(shape) === out.size) return { ...out, shape, run: null };
  const size = sizeOf(shape);
  return { data: new Float64Array(size), start: 0, step: 0, shape, size, run: null };
}

/** After what it needs. */
function after(run: Run, ...needed: Code[]): Run {
  const first = needed.flatMap((code) => code.run ?? []);
  if (first.length === 0) return run;
  return (t) => {
    for (const each of first) each(t);
    run(t);
  };
}

/** A function of each entry. */
export function unary(f: Scalar, a: Code, out: Code): Code {
  const [from, to, size, one] = [a.data, out.data, out.size, a.size === 1 ? 0 : 1];
  const run = (t: number): void => {
    const i = a.start + t * a.step;
    const k = out.start + t * out.step;
    for (let n = 0; n < size; n++) to[k + n] = f(from[i + n * one]);
  };
  return { ...out, run: after(run, a) };
}

/** What it does: to[k + n] = from[i + n · one] ∘ by[j + n · other] for all n below size. */
export type Loop = (
  to: Float64Array, k: number, from: Float64Array, i: number, one: number,
  by: Float64Array, j: number, other: number, size: number,
) => void;

// Each is written out: a loop that calls a function for each number takes a third longer.
/** + */
export const add: Loop = (to, k, from, i, one, by, j, other, size) => {
  for (let n = 0; n < size; n++) to[k + n] = from[i + n * one] + by[j + n * other];
};
/** − */
export const subtract: Loop = (to, k, from, i, one, by, j, other, size) => {
  for (let n = 0; n < size; n++) to[k + n] = from[i + n * one] - by[j + n * other];
};
/** ⊙ */
export const multiply: Loop = (to, k, from, i, one, by, j, other, size) => {
  for (let n = 0; n < size; n++) to[k + n] = from[i + n * one] * by[j + n * other];
};
/** / */
export const divide: Loop = (to, k, from, i, one, by, j, other, size) => {
  for (let n = 0; n < size; n++) to[k + n] = from[i + n * one] / by[j + n * other];
};

/** Two values entry by entry; a single number is taken for all. */
export function binary(loop: Loop, a: Code, b: Code, out: Code): Code {
  const [one, other, size] = [a.size === 1 ? 0 : 1, b.size === 1 ? 0 : 1, out.size];
  const run = (t: number): void =>
    loop(
      out.data, out.start + t * out.step, a.data, a.start + t * a.step, one,
      b.data, b.start + t * b.step, other, size,
    );
  return { ...out, run: after(run, a, b) };
}

/** Rows and columns exchanged; what is no matrix stays as it is. */
export function transposed(a: Code, out?: Code): Code {
  if (a.shape.length !== 2) return a;
  const [rows, columns] = a.shape;
  const to = room([columns, rows], out);
  const run = (t: number): void => {
    const [i, k] = [a.start + t * a.step, to.start + t * to.step];
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) to.data[k + c * rows + r] = a.data[i + r * columns + c];
    }
  };
  return { ...to, run: after(run, a) };
}

/** Rows by columns: a matrix or a vector by a matrix or a vector; `turned` is the first one's transpose. */
export function dot(a: Code, b: Code, out: Code, turned: boolean): Code {
  if (turned && b.shape.length === 1) return turnedDot(a, b, out);
  if (turned) return dot(transposed(a), b, out, false);
  const inner = b.shape[0];
  const [rows, columns] = [a.size / inner, b.size / inner];
  const last = rows - 1;
  const [left, right, to] = [a.data, b.data, out.data];
  const run = (t: number): void => {
    const [i, j, k] = [a.start + t * a.step, b.start + t * b.step, out.start + t * out.step];
    for (let c = 0; c < columns; c++) {
      // Four rows at a time, behind the last it once more: their sums need not wait for each other.
      for (let r = 0; r < rows; r += 4) {
        const [f, g, h] = [Math.min(r + 1, last), Math.min(r + 2, last), Math.min(r + 3, last)];
        let [p, q, s, u] = [0, 0, 0, 0];
        for (let n = 0; n < inner; n++) {
          const x = right[j + c + n * columns];
          p += left[i + r * inner + n] * x;
          q += left[i + f * inner + n] * x;
          s += left[i + g * inner + n] * x;
          u += left[i + h * inner + n] * x;
        }
        [to[k + r * columns + c], to[k + f * columns + c]] = [p, q];
        [to[k + g * columns + c], to[k + h * columns + c]] = [s, u];
      }
    }
  };
  return { ...out, run: after(run, a, b) };
}

/** Uᵀ · v, four rows of U at a time. */
function turnedDot(a: Code, b: Code, out: Code): Code {
  const [rows, columns] = a.shape;
  const [left, right, to] = [a.data, b.data, out.data];
  const run = (t: number): void => {
    const [i, j, k] = [a.start + t * a.step, b.start + t * b.step, out.start + t * out.step];
    to.fill(0, k, k + columns);
    let r = 0;
    for (; r + 3 < rows; r += 4) {
      const first = i + r * columns;
      const [second, third, fourth] = [first + columns, first + 2 * columns, first + 3 * columns];
      const [p, q, s, u] = [right[j + r], right[j + r + 1], right[j + r + 2], right[j + r + 3]];
      for (let c = 0; c < columns; c++) {
        to[k + c] += left[first + c] * p + left[second + c] * q + (left[third + c] * s + left[fourth + c] * u);
      }
    }
    for (; r < rows; r++) for (let c = 0; c < columns; c++) to[k + c] += left[i + r * columns + c] * right[j + r];
  };
  return { ...out, run: after(run, a, b) };
}

/** a ⊗ b: a row for each entry of a. */
export function outer(a: Code, b: Code, out: Code): Code {
  const addAll = addOuter({ ...a, run: null }, { ...b, run: null }, out, 1);
  const run = (t: number): void => {
    const k = out.start + t * out.step;
    out.data.fill(0, k, k + out.size);
    addAll(t, t);
  };
  return { ...out, run: after(run, a, b) };
}

/** Adds ± a ⊗ b of step `at` to a value of step t. */
export function addOuter(a: Code, b: Code, out: Code, sign: number): (at: number, t: number) => void {
  const [left, right, to, rows, columns] = [a.data, b.data, out.data, a.size, b.size];
  const first = after(() => {}, a, b);
  return (at, t) => {
    first(at);
    const [i, j, k] = [a.start + at * a.step, b.start + at * b.step, out.start + t * out.step];
    for (let r = 0; r < rows; r++) {
      const [row, factor] = [k + r * columns, sign * left[i + r]];
      for (let c = 0; c < columns; c++) to[row + c] += factor * right[j + c];
    }
  };
}

/** Adds ± a value of step `at` to one of step t. */
export function addTo(a: Code, out: Code, sign: number): (at: number, t: number) => void {
  const [one, size, first] = [a.size === 1 ? 0 : 1, out.size, a.run ?? (() => {})];
  return (at, t) => {
    first(at);
    const [i, k] = [a.start + at * a.step, out.start + t * out.step];
    for (let n = 0; n < size; n++) out.data[k + n] += sign * a.data[i + n * one];
  };
}

/** A function by name, of each entry or of all together. */
export function called(name: string, a: Code, out?: Code): Code {
  const together = OVER_ALL[name];
  const f = functionNamed(name);
  if (!together && !f) throw new Error(`there is no function ${name}`);
  const to = room(name === "sum" || name === "max" ? [] : a.shape, out);
  if (f) return unary(f, a, to);
  const run = (t: number): void => {
    const i = a.start + t * a.step;
    to.data.set(together(a.data.subarray(i, i + a.size)), to.start + t * to.step);
  };
  return { ...to, run: after(run, a) };
}

/** Functions of all entries together: one number, or as many as there are. */
const OVER_ALL: Record<string, (all: Float64Array) => number[]> = {
  sum: (all) => [all.reduce((x, y) => x + y, 0)],
  max: (all) => [Math.max(...all)],
  softmax,
};
