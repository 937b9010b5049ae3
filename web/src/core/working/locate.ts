// Where the numbers of a formula's symbols stand.
import type { SymbolTree } from "../data";
import { sizeOf } from "../evaluate";
import type { Places, Ref } from "../layout";

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
