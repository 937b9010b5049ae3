// Equations as closures over one array of numbers: each is gone through once, and then worked out without allocation.
import type { Tree } from "./data";
import { power } from "./evaluate";
import type { Scalar } from "./functions";
import { functionNamed, softmax } from "./functions";
import type { Ref } from "./layout";
import { sizeOf } from "./layout";
import type { Locate } from "./shapes";
import { ofProduct, together } from "./shapes";

/** Works out what it was made for, at step t. */
export type Run = (t: number) => void;

/** Where a value stands once `run` was called at step t: in `data`, from `start + t · step` on. */
interface Code extends Ref {
  data: Float64Array;
  run: Run | null;
}

/** Makes of a right-hand side what puts its value into `target`, in whose shape a single number is spread. */
export function compile(tree: Tree, data: Float64Array, target: Ref, locate: Locate): Run {
  const out: Code = { ...target, data, run: null };
  const code = new Compiler(data, locate).code(tree, out);
  if (code.data === out.data && code.start === out.start && code.step === out.step && code.size === out.size) {
    return code.run ?? (() => {});
  }
  return unary((x) => x, code, { ...out, run: code.run }).run as Run;
}

class Compiler {
  constructor(
    private readonly data: Float64Array,
    private readonly locate: Locate,
  ) {}

  /** What works a tree out, into `out` where its shape is the same. */
  code(tree: Tree, out?: Code): Code {
    switch (tree[0]) {
      case "number": {
        const value = Number(tree[1]);
        return { data: Float64Array.of(value), start: 0, step: 0, shape: [], size: 1, run: null };
      }
      case "symbol":
        return { ...this.locate(tree), data: this.data, run: null };
      case "+":
        return this.sum(tree[1], out);
      case "-": {
        const a = this.code(tree[1]);
        return unary((x) => -x, a, room(a.shape, out));
      }
      case "^": {
        const [a, exponent] = [this.code(tree[1]), tree[2]];
        return unary((x) => power(x, exponent), a, room(a.shape, out));
      }
      case "/":
        return this.pair(divide, this.code(tree[1]), this.code(tree[2]), out);
      case "T":
        return transposed(this.code(tree[1]), out);
      case "call":
        return called(tree[1], this.code(tree[2]), out);
      case "product":
        return this.product(tree[1], tree[2], out);
      case "sum":
        return this.overSteps(tree, out);
    }
  }

  private pair(make: Loop, a: Code, b: Code, out?: Code): Code {
    return binary(make, a, b, room(together(a.shape, b.shape), out));
  }

  private sum(terms: Tree[], out?: Code): Code {
    const shapes = terms.map((term) => this.code(term[0] === "-" ? term[1] : term));
    const shape = shapes.map((code) => code.shape).reduce(together);
    const target = room(shape, out);
    if (terms.length === 1) return this.code(terms[0], out);
    let total = terms[0][0] === "-" ? this.code(terms[0]) : shapes[0];
    terms.slice(1).forEach((term, k) => {
      const fits = k === terms.length - 2 || sizeOf(together(total.shape, shapes[k + 1].shape)) === target.size;
      const into = fits ? target : room(together(total.shape, shapes[k + 1].shape));
      total = binary(term[0] === "-" ? subtract : add, total, shapes[k + 1], { ...into, run: null });
    });
    return total;
  }

  private product(operation: string, factors: Tree[], out?: Code): Code {
    const [first, ...others] = factors;
    let total: Code | null = null;
    let turned = false; // Uᵀ · v goes through U row by row, and U is not turned round for it
    if (operation === "dot" && first[0] === "T" && others.length) {
      const inner = this.code(first[1]);
      turned = inner.shape.length === 2;
      total = turned ? inner : this.code(first);
    }
    total ??= this.code(first);
    others.forEach((factor, k) => {
      const a = total as Code;
      const b = this.code(factor);
      const own = turned && k === 0 ? [a.shape[1], a.shape[0]] : a.shape;
      const into = room(ofProduct(operation, own, b.shape), k === others.length - 1 ? out : undefined);
      if (operation === "outer") total = outer(a, b, into);
      else if (operation === "dot" && own.length && b.shape.length) total = dot(a, b, into, turned && k === 0);
      else total = binary(multiply, turned && k === 0 ? transposed(a) : a, b, into);
    });
    return total;
  }

  /** Σ over steps: the terms of each step are added where the result stands. */
  private overSteps(tree: Tree & { 0: "sum" }, out?: Code): Code {
    const [, low, high, body] = tree;
    if (typeof low !== "number" || typeof high !== "number") throw new Error("a sum's bounds must be numbers");
    const parts = this.addends(body, 1);
    const target = room(parts.map((part) => part.shape).reduce(together), out);
    const runs = parts.map((part) => part.into(target));
    const { data, start, step, size } = target;
    const run = (t: number): void => {
      const from = start + t * step;
      data.fill(0, from, from + size);
      for (let k = low; k <= high; k++) for (const each of runs) each(k, t);
    };
    return { ...target, run };
  }

  /** What a tree adds, with its sign: outer products without working them out first. */
  private addends(tree: Tree, sign: number): { shape: number[]; into: (target: Code) => (k: number, t: number) => void }[] {
    if (tree[0] === "+") return tree[1].flatMap((term) => this.addends(term, sign));
    if (tree[0] === "-") return this.addends(tree[1], -sign);
    if (tree[0] === "product" && tree[1] === "outer" && tree[2].length === 2) {
      const [a, b] = [this.code(tree[2][0]), this.code(tree[2][1])];
      return [{ shape: [a.size, b.size], into: (target) => addOuter(a, b, target, sign) }];
    }
    const code = this.code(tree);
    return [{ shape: code.shape, into: (target) => addTo(code, target, sign) }];
  }
}

/** Room for a value: where it is to stand in the end if it has that shape, else its own. */
function room(shape: number[], out?: Code): Code {
  if (out && sizeOf(shape) === out.size) return { ...out, shape, run: null };
  const size = sizeOf(shape);
  return { data: new Float64Array(size), start: 0, step: 0, shape, size, run: null };
}

/** After what it needs. */
function after(run: Run, ...needed: Code[]): Run {
  const first = needed.map((code) => code.run).filter((each) => each !== null);
  if (first.length === 0) return run;
  if (first.length === 1) {
    const [only] = first;
    return (t) => {
      only(t);
      run(t);
    };
  }
  return (t) => {
    for (const each of first) each(t);
    run(t);
  };
}

function unary(f: Scalar, a: Code, out: Code): Code {
  const [from, to, size, one] = [a.data, out.data, out.size, a.size === 1 ? 0 : 1];
  const run = (t: number): void => {
    const i = a.start + t * a.step;
    const k = out.start + t * out.step;
    for (let n = 0; n < size; n++) to[k + n] = f(from[i + n * one]);
  };
  return { ...out, run: after(run, a) };
}

/** to[k + n] = from[i + n · one] ∘ by[j + n · other] for all n below size. */
type Loop = (
  to: Float64Array, k: number, from: Float64Array, i: number, one: number,
  by: Float64Array, j: number, other: number, size: number,
) => void;

const add: Loop = (to, k, from, i, one, by, j, other, size) => {
  for (let n = 0; n < size; n++) to[k + n] = from[i + n * one] + by[j + n * other];
};
const subtract: Loop = (to, k, from, i, one, by, j, other, size) => {
  for (let n = 0; n < size; n++) to[k + n] = from[i + n * one] - by[j + n * other];
};
const multiply: Loop = (to, k, from, i, one, by, j, other, size) => {
  for (let n = 0; n < size; n++) to[k + n] = from[i + n * one] * by[j + n * other];
};
const divide: Loop = (to, k, from, i, one, by, j, other, size) => {
  for (let n = 0; n < size; n++) to[k + n] = from[i + n * one] / by[j + n * other];
};

function binary(loop: Loop, a: Code, b: Code, out: Code): Code {
  const [one, other, size] = [a.size === 1 ? 0 : 1, b.size === 1 ? 0 : 1, out.size];
  const run = (t: number): void =>
    loop(
      out.data, out.start + t * out.step, a.data, a.start + t * a.step, one,
      b.data, b.start + t * b.step, other, size,
    );
  return { ...out, run: after(run, a, b) };
}

function transposed(a: Code, out?: Code): Code {
  if (a.shape.length !== 2) return a;
  const [rows, columns] = a.shape;
  const to = room([columns, rows], out);
  const run = (t: number): void => {
    const [i, k] = [a.start + t * a.step, to.start + t * to.step];
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) to.data[k + c * rows + r] = a.data[i + r * columns + c];
  };
  return { ...to, run: after(run, a) };
}

/** Rows by columns: a matrix or a vector by a matrix or a vector; `turned` is the first one's transpose. */
function dot(a: Code, b: Code, out: Code, turned: boolean): Code {
  if (turned && b.shape.length === 1) return turnedDot(a, b, out);
  if (turned) return dot(transposed(a), b, out, false);
  const inner = b.shape[0];
  const [rows, columns] = [a.size / inner, b.size / inner];
  const [left, right, to] = [a.data, b.data, out.data];
  const run = (t: number): void => {
    const [i, j, k] = [a.start + t * a.step, b.start + t * b.step, out.start + t * out.step];
    for (let r = 0; r < rows; r++) {
      const row = i + r * inner;
      for (let c = 0; c < columns; c++) {
        let total = 0;
        for (let n = 0; n < inner; n++) total += left[row + n] * right[j + n * columns + c];
        to[k + r * columns + c] = total;
      }
    }
  };
  return { ...out, run: after(run, a, b) };
}

function turnedDot(a: Code, b: Code, out: Code): Code {
  const [rows, columns] = a.shape;
  const [left, right, to] = [a.data, b.data, out.data];
  const run = (t: number): void => {
    const [i, j, k] = [a.start + t * a.step, b.start + t * b.step, out.start + t * out.step];
    to.fill(0, k, k + columns);
    for (let r = 0; r < rows; r++) {
      const [row, factor] = [i + r * columns, right[j + r]];
      for (let c = 0; c < columns; c++) to[k + c] += left[row + c] * factor;
    }
  };
  return { ...out, run: after(run, a, b) };
}

function outer(a: Code, b: Code, out: Code): Code {
  const addAll = addOuter({ ...a, run: null }, { ...b, run: null }, out, 1);
  const run = (t: number): void => {
    const k = out.start + t * out.step;
    out.data.fill(0, k, k + out.size);
    addAll(t, t);
  };
  return { ...out, run: after(run, a, b) };
}

/** Adds ± a ⊗ b of step `at` to a value of step t. */
function addOuter(a: Code, b: Code, out: Code, sign: number): (at: number, t: number) => void {
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

function addTo(a: Code, out: Code, sign: number): (at: number, t: number) => void {
  const [one, size, first] = [a.size === 1 ? 0 : 1, out.size, a.run ?? (() => {})];
  return (at, t) => {
    first(at);
    const [i, k] = [a.start + at * a.step, out.start + t * out.step];
    for (let n = 0; n < size; n++) out.data[k + n] += sign * a.data[i + n * one];
  };
}

function called(name: string, a: Code, out?: Code): Code {
  if (name === "sum" || name === "max" || name === "softmax") return overAll(name, a, out);
  const f = functionNamed(name);
  if (!f) throw new Error(`there is no function ${name}`);
  return unary(f, a, room(a.shape, out));
}

/** Functions of all entries together: one number, or as many as there are. */
function overAll(name: "sum" | "max" | "softmax", a: Code, out?: Code): Code {
  const to = room(name === "softmax" ? a.shape : [], out);
  const run = (t: number): void => {
    const [i, k] = [a.start + t * a.step, to.start + t * to.step];
    if (name === "softmax") return void to.data.set(softmax(a.data.subarray(i, i + a.size)), k);
    let found = name === "sum" ? 0 : -Infinity;
    for (let n = 0; n < a.size; n++) found = name === "sum" ? found + a.data[i + n] : Math.max(found, a.data[i + n]);
    to.data[k] = found;
  };
  return { ...to, run: after(run, a) };
}
