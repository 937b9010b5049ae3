// Equations as closures over one array of numbers: each is gone through once, and then worked out without allocation.
import type { Tree } from "../data";
import { ofProduct, power, sizeOf, together } from "../evaluate";
import type { Code, Run } from "./kernels";
import {
  add, addOuter, addTo, binary, called, divide, dot, multiply, outer, room, subtract, transposed, unary,
} from "./kernels";
import type { Ref } from "../layout";
import type { Locate } from "./locate";
import { boundsOf } from "../trees";

/**
 * Makes of a right-hand side what puts its value into `target`, over which a single number is spread.
 *
 * Quantities are read from `data`; the target stands in `into`.
 */
export function compile(tree: Tree, data: Float64Array, target: Ref, locate: Locate, into = data): Run {
  const out: Code = { ...target, data: into, run: null };
  const code = new Compiler(data, locate).code(tree, out);
  if (code.data === out.data && code.start === out.start && code.step === out.step && code.size === out.size) {
    return code.run ?? (() => {});
  }
  return unary((x) => x, code, { ...out, run: code.run }).run as Run;
}

/** What is added to a value of step t, at each step k of a Σ. */
interface Addend {
  shape: number[];
  into(target: Code): (k: number, t: number) => void;
}

class Compiler {
  readonly #data: Float64Array;
  readonly #locate: Locate;

  constructor(data: Float64Array, locate: Locate) {
    this.#data = data;
    this.#locate = locate;
  }

  /** What works a tree out, into `out` where its shape is the same. */
  code(tree: Tree, out?: Code): Code {
    switch (tree[0]) {
      case "number": {
        const value = Number(tree[1]);
        return { data: Float64Array.of(value), start: 0, step: 0, shape: [], size: 1, run: null };
      }
      case "symbol":
        return { ...this.#locate(tree), data: this.#data, run: null };
      case "+":
        return this.#sum(tree[1], out);
      case "-": {
        const a = this.code(tree[1]);
        return unary((x) => -x, a, room(a.shape, out));
      }
      case "^": {
        const [a, exponent] = [this.code(tree[1]), tree[2]];
        return unary((x) => power(x, exponent), a, room(a.shape, out));
      }
      case "/": {
        const [a, b] = [this.code(tree[1]), this.code(tree[2])];
        return binary(divide, a, b, room(together(a.shape, b.shape), out));
      }
      case "T":
        return transposed(this.code(tree[1]), out);
      case "call":
        return called(tree[1], this.code(tree[2]), out);
      case "product":
        return this.#product(tree[1], tree[2], out);
      case "sum":
        return this.#overSteps(tree, out);
    }
  }

  #sum(terms: Tree[], out?: Code): Code {
    if (terms.length === 1) return this.code(terms[0], out);
    const codes = terms.map((term, k) => this.code(k && term[0] === "-" ? term[1] : term)); // − b is taken away
    const target = room(codes.map((code) => code.shape).reduce(together), out);
    return codes.reduce((total, code, k) => {
      const shape = together(total.shape, code.shape);
      const into = k === codes.length - 1 || sizeOf(shape) === target.size ? { ...target, run: null } : room(shape);
      return binary(terms[k][0] === "-" ? subtract : add, total, code, into);
    });
  }

  #product(operation: string, factors: Tree[], out?: Code): Code {
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
  #overSteps(tree: Tree & { 0: "sum" }, out?: Code): Code {
    const [low, high] = boundsOf(tree);
    const parts = this.#addends(tree[3], 1);
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
  #addends(tree: Tree, sign: number): Addend[] {
    if (tree[0] === "+") return tree[1].flatMap((term) => this.#addends(term, sign));
    if (tree[0] === "-") return this.#addends(tree[1], -sign);
    if (tree[0] === "product" && tree[1] === "outer" && tree[2].length === 2) {
      const [a, b] = [this.code(tree[2][0]), this.code(tree[2][1])];
      return [{ shape: [a.size, b.size], into: (target) => addOuter(a, b, target, sign) }];
    }
    const code = this.code(tree);
    return [{ shape: code.shape, into: (target) => addTo(code, target, sign) }];
  }
}
