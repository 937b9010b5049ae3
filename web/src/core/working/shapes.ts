// The shapes of what trees are worth, and where their symbols' numbers stand.
import type { SymbolTree, Tree } from "../data";
import type { Places, Ref } from "../layout";
import { sizeOf } from "../layout";

/** Where a symbol's numbers stand: at step t from `start + t · step` on. */
export type Locate = (symbol: SymbolTree) => Ref;

/** Reads symbols of a block; `label` is as the loss takes it. T in letters must be bound. */
export function locator(places: Places): Locate {
  return (symbol) => {
    const [, name, part, step, entry, isNew] = symbol;
    const found =
      name === "label" && step !== null && places.used ? places.used : places.find(name, part, isNew, step !== null);
    if (!found) throw new Error(`${name}${part && `.${part}`} is not known`);
    if (Array.isArray(step) && step[0] === "T") throw new Error(`${name}: a step counted from T must be bound`);
    const ref =
      typeof step === "number"
        ? { ...found, start: found.start + step * found.step, step: 0 }
        : { ...found, start: found.start + (step === null ? 0 : step[1]) * found.step };
    return entry ? picked(ref, entry) : ref;
  };
}

/** One entry or one row of what a reference has. */
function picked(ref: Ref, entry: (number | null)[]): Ref {
  let { start, shape } = ref;
  for (const place of entry) {
    if (place === null) throw new Error("columns are not picked out of a matrix");
    shape = shape.slice(1);
    start += place * sizeOf(shape);
  }
  return { start, step: ref.step, shape, size: sizeOf(shape) };
}

/** The shape of what a tree is worth. */
export function shapeOf(tree: Tree, locate: Locate): number[] {
  switch (tree[0]) {
    case "number":
      return [];
    case "symbol":
      return locate(tree).shape;
    case "+":
      return tree[1].map((term) => shapeOf(term, locate)).reduce(together);
    case "-":
    case "^":
      return shapeOf(tree[1], locate);
    case "T": {
      const shape = shapeOf(tree[1], locate);
      return shape.length === 2 ? [shape[1], shape[0]] : shape;
    }
    case "/":
      return together(shapeOf(tree[1], locate), shapeOf(tree[2], locate));
    case "call":
      return tree[1] === "sum" || tree[1] === "max" ? [] : shapeOf(tree[2], locate);
    case "sum":
      return shapeOf(tree[3], locate);
    case "product":
      return tree[2].map((factor) => shapeOf(factor, locate)).reduce((a, b) => ofProduct(tree[1], a, b));
  }
}

/** The shape of a product of two. */
export function ofProduct(operation: string, a: number[], b: number[]): number[] {
  if (operation === "outer") return [sizeOf(a), sizeOf(b)];
  if (operation === "dot" && a.length && b.length) {
    if (a[a.length - 1] !== b[0]) throw new Error(`a product of ${a.join("×")} and ${b.join("×")} does not fit`);
    return [...a.slice(0, -1), ...b.slice(1)];
  }
  return together(a, b);
}

/** The shape of two values taken entry by entry, where one of a single entry is taken for all. */
export function together(a: number[], b: number[]): number[] {
  if (sizeOf(a) === 1) return b.length >= a.length || sizeOf(b) > 1 ? b : a;
  if (sizeOf(b) === 1) return a;
  if (a.length !== b.length || a.some((size, k) => size !== b[k])) {
    throw new Error(`${a.join("×")} and ${b.join("×")} do not fit`);
  }
  return a;
}
