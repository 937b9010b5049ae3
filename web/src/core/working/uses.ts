// What a quantity is made of and where it goes, by the formulas that stand at each step.
import type { Place } from "../api";
import type { SymbolTree } from "../data";
import type { Engine, Work } from "./engine";
import { stepBelow } from "./engine";
import { keyOf, placeId, placeOf } from "../keys";
import { outputOf } from "../layout";
import { children, settle, symbolsIn } from "../trees";
import type { Tree } from "../data";

/** Which quantities the formulas of a model take, and which take them. */
export class Uses {
  private readonly works = new Map<string, Work>();

  constructor(private readonly engine: Engine) {
    for (const work of engine.order) this.works.set(placeId(leftOf(work)), work);
  }

  /** The line that a whole quantity is worked out by; null of what is given, linked or put together. */
  workOf(place: Place): Work | null {
    const { block, name, part, t, isNew } = place;
    const own = this.block(block).byPart[name] && !isNew ? part : "";
    return this.works.get(placeId(placeOf(block, name, t, own, isNew))) ?? null;
  }

  /** The quantity of another block that this one is. */
  linkOf({ block, name, t }: Place): Place[] {
    const { data } = this.engine;
    if (t === null) return [];
    const below = data.blocks[block].below;
    if (name === "x" && below && t >= 0 && t < data.blocks[block].steps) {
      return [placeOf(below.block, outputOf(data.blocks[below.block]), stepBelow(data, block, t))];
    }
    if (name !== "delta" || this.workOf(placeOf(block, name, t))) return [];
    return data.blocks.flatMap((each, k) =>
      each.below?.block !== block
        ? []
        : Array.from({ length: each.steps }, (_, at) => at)
            .filter((at) => stepBelow(data, k, at) === t)
            .map((at) => placeOf(k, "d_x", at)),
    );
  }

  /** The whole quantities that a place is made of, in reading order, each once. */
  operands(place: Place): Place[] {
    const work = this.workOf(place);
    const found = new Map<string, Place>();
    const enter = (each: Place): void => void found.set(placeId(each), each);
    if (work) for (const symbol of symbolsIn(this.engine.formula(work))) this.wholes(work.block, symbol).forEach(enter);
    else [...this.partsOf(place), ...this.linkOf(place)].forEach(enter);
    return [...found.values()];
  }

  /** Where a quantity goes: what takes it, or the part or the row of it that is named. */
  usedBy(place: Place): Place[] {
    const found = new Map<string, Place>();
    const parts = this.namedParts(place);
    for (const work of this.candidates(place)) {
      const takes = [...symbolsIn(this.engine.formula(work))].some(
        (symbol) => this.isOf(work.block, symbol, place) && (!parts || !symbol[2] || parts.has(symbol[2])),
      );
      if (takes) found.set(placeId(leftOf(work)), leftOf(work));
    }
    for (const each of this.linkedTo(place)) found.set(placeId(each), each);
    return [...found.values()];
  }

  private block(number: number) {
    return this.engine.data.blocks[number];
  }

  /** The quantities that a joined one is put together of. */
  private partsOf({ block, name, part, t, isNew }: Place): Place[] {
    const { joined, byPart } = this.block(block);
    if (joined[name]) return joined[name].map((each) => placeOf(block, each, t));
    if (byPart[name] && !part && !isNew) return byPart[name].map((each) => placeOf(block, name, t, each));
    return [];
  }

  /** The whole quantities that a bound symbol belongs to: those of δgates_t are δa_t, δi_t, … */
  private wholes(block: number, [, name, part, step, , isNew]: SymbolTree): Place[] {
    const t = typeof step === "number" ? step : null;
    const { joined, byPart } = this.block(block);
    if (joined[name] && part) {
      return joined[name].filter((each) => each.endsWith(part)).map((each) => placeOf(block, each, t));
    }
    const place = placeOf(block, name, t, byPart[name] && !isNew ? part : "", isNew);
    const parts = this.partsOf(place);
    return parts.length ? parts : [place];
  }

  private isOf(block: number, symbol: SymbolTree, place: Place): boolean {
    if (block !== place.block) return false;
    const joined = this.block(block).joined[place.name];
    return this.wholes(block, symbol).some(
      (each) =>
        (each.name === place.name || (joined?.includes(each.name) ?? false)) &&
        each.t === place.t &&
        each.isNew === place.isNew &&
        (!each.part || !place.part || each.part === place.part),
    );
  }

  /** The parts whose rows a place names; null of a whole quantity, or of one that has no parts. */
  private namedParts({ block, name, part, entry }: Place): Set<string> | null {
    const quantity = this.block(block).quantities[name];
    if (part) return new Set([part]);
    if (!quantity?.parts.length || !entry) return null;
    return new Set([quantity.parts[Math.floor((entry[0] * quantity.parts.length) / quantity.shape[0])]]);
  }

  /** The lines that may take a place: those of equations that have its name, at the steps that fit. */
  private *candidates(place: Place): Generator<Work> {
    const { steps } = this.block(place.block);
    for (const work of this.engine.order) {
      if (work.block !== place.block) continue;
      const { equation, t } = work;
      const trees = [(t !== null && equation.ends?.[t]) || equation.right];
      if (trees.some((tree) => this.mayTake(tree, place, t, steps, false))) yield work;
    }
  }

  private mayTake(tree: Tree, place: Place, t: number | null, steps: number, summed: boolean): boolean {
    if (tree[0] === "symbol") {
      const { joined } = this.block(place.block);
      const [, name, , step] = tree;
      const together = joined[name]?.includes(place.name) || joined[place.name]?.includes(name);
      if ((name !== place.name && !together) || (step === null) !== (place.t === null)) return false;
      return summed || step === null || settle(step, t, steps) === place.t;
    }
    return children(tree).some((child) => this.mayTake(child, place, t, steps, summed || tree[0] === "sum"));
  }

  /** The quantities of other blocks that this one is. */
  private linkedTo(place: Place): Place[] {
    const { data } = this.engine;
    const { t } = place;
    if (t === null) return [];
    if (place.name === "d_x") {
      const below = data.blocks[place.block].below;
      return below ? [placeOf(below.block, "delta", stepBelow(data, place.block, t))] : [];
    }
    if (place.name !== outputOf(data.blocks[place.block])) return [];
    return data.blocks.flatMap((each, k) =>
      each.below?.block !== place.block
        ? []
        : Array.from({ length: each.steps }, (_, at) => at)
            .filter((at) => stepBelow(data, k, at) === t)
            .map((at) => placeOf(k, "x", at)),
    );
  }
}

/** What a line works out. */
export function leftOf({ block, equation, t }: Work): Place {
  const [, name, part, step, , isNew] = equation.left;
  return placeOf(block, name, settle(step, t, null) as number | null, part, isNew);
}

/** The key of what a line works out, in its block. */
export function keyOfWork(work: Work): string {
  const { name, part, isNew, t } = leftOf(work);
  return keyOf(name, part, isNew, t);
}
