// What a quantity is made of and where it goes, by the formulas that stand at each step.
import { listOf } from "../lists";
import type { Place } from "../api";
import type { Block, SymbolTree, Tree } from "../data";
import { type Engine, type Phase, stepBelow, type Work } from "./engine";
import { placeId, placeOf } from "../keys";
import { outputOf } from "../layout";
import { children, settle, symbolsIn } from "../trees";

/** Each place once. */
const distinct = (places: Place[]): Place[] => [...new Map(places.map((each) => [placeId(each), each])).values()];

/** What holds for one plan of the engine. */
interface Planned {
  of: Work[];
  order: Place[];
  usedBy: Map<string, Place[]>;
}

/** Which quantities the formulas of a model take, and which take them. */
export class Uses {
  readonly #works = new Map<string, Work>();
  readonly #engine: Engine;
  readonly #blocks: Block[];
  /** Of each block, what is worked out after the loss, and when. */
  readonly #late: Record<string, Phase>[];
  #known: Planned = { of: [], order: [], usedBy: new Map() };

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#blocks = engine.data.blocks;
    for (const work of engine.order) this.#works.set(placeId(leftOf(work)), work);
    this.#late = this.#blocks.map(({ equations, joined }) => {
      const late: Record<string, Phase> = { delta: "backward" };
      for (const { phase, left } of equations) if (!left[5]) late[left[1]] = phase;
      for (const [name, [part]] of Object.entries(joined)) late[name] = late[part];
      return late;
    });
  }

  /** The phase up to which a model is to be worked out for the numbers of a place. */
  phaseOf({ block, name, isNew }: Place): Phase {
    return isNew ? "update" : (this.#late[block]?.[name] ?? "loss");
  }

  /** All that is worked out, in the order of work. */
  order(): Place[] {
    return this.#plan().order;
  }

  #plan(): Planned {
    const of = this.#engine.order;
    if (this.#known.of !== of) this.#known = { of, order: of.map(leftOf), usedBy: new Map() };
    return this.#known;
  }

  /** The line that a whole quantity is worked out by; null of what is given, linked or put together. */
  workOf({ block, name, part, t, isNew }: Place): Work | null {
    const own = this.#blocks[block].byPart[name] && !isNew ? part : "";
    return this.#works.get(placeId(placeOf(block, name, t, own, isNew))) ?? null;
  }

  /** The quantity of another block that this one is: x of an upper layer is out of the one below. */
  linkOf({ block, name, t }: Place): Place[] {
    const { below, steps, beside } = this.#blocks[block];
    if (t === null) return [];
    const rows = beside?.[name];
    if (rows) return t === 0 ? this.#rowsOf(rows).map((at) => placeOf(rows.block, "x", at)) : [];
    if (name === "x" && below && t >= 0 && t < steps)
      return [this.#belowAt(block, t, outputOf(this.#blocks[below.block]))];
    return name === "delta" && !this.workOf(placeOf(block, name, t)) ? this.#aboveAt(block, t, "d_x") : [];
  }

  /** The whole quantities that a place is made of, in reading order, each once. */
  operands(place: Place): Place[] {
    const work = this.workOf(place);
    if (!work) return distinct([...this.#partsOf(place), ...this.linkOf(place)]);
    return distinct(symbolsIn(this.#engine.formula(work)).flatMap((symbol) => this.#wholes(work.block, symbol)));
  }

  /** Where a quantity goes: what takes it, or the part or the row of it that is named. */
  usedBy(place: Place): Place[] {
    const { usedBy } = this.#plan();
    const id = placeId(place);
    const found = usedBy.get(id) ?? this.#findUses(place);
    usedBy.set(id, found);
    return found;
  }

  #findUses(place: Place): Place[] {
    const part = this.#namedPart(place);
    const takes = (symbol: SymbolTree): boolean =>
      this.#isOf(symbol, place) && (!part || !symbol[2] || symbol[2] === part);
    const works = this.#engine.order.filter(
      (work) =>
        work.block === place.block &&
        this.#mayTake(this.#engine.right(work), place, work.t, false) &&
        symbolsIn(this.#engine.formula(work)).some(takes),
    );
    return distinct([...works.map(leftOf), ...this.#linkedTo(place)]);
  }

  /** The steps whose x a head reads beside the outs. */
  #rowsOf({ block, rows }: { block: number; rows: number }): number[] {
    return listOf(rows, (_, k) => this.#blocks[block].steps - rows + k);
  }

  /** What heads read of an x beside the outs: the place there, and from which of its entries on. */
  besideOf({ block, name, t }: Place): { place: Place; from: number }[] {
    if (name !== "x" || t === null) return [];
    return this.#blocks.flatMap(({ beside }, k) =>
      Object.entries(beside ?? {}).flatMap(([own, link]) => {
        const row = link.block === block ? this.#rowsOf(link).indexOf(t) : -1;
        return row < 0 ? [] : [{ place: placeOf(k, own, 0), from: row * this.#blocks[block].quantities.x.shape[0] }];
      }),
    );
  }

  /** A quantity of the block below at the step that a block's t stands for. */
  #belowAt(block: number, t: number, name: string): Place {
    return placeOf(this.#blocks[block].below?.block ?? block, name, stepBelow(this.#engine.data, block, t));
  }

  /** A quantity of the blocks above at the steps that stand for t. */
  #aboveAt(block: number, t: number, name: string): Place[] {
    return this.#blocks.flatMap(({ below, steps }, k) =>
      [...Array(below?.block === block ? steps : 0).keys()]
        .filter((at) => stepBelow(this.#engine.data, k, at) === t)
        .map((at) => placeOf(k, name, at)),
    );
  }

  /** The quantities that a joined one is put together of. */
  #partsOf({ block, name, part, t, isNew }: Place): Place[] {
    const { joined, byPart } = this.#blocks[block];
    if (joined[name]) return joined[name].map((each) => placeOf(block, each, t));
    return part || isNew ? [] : (byPart[name] ?? []).map((each) => placeOf(block, name, t, each));
  }

  /** The whole quantities that a bound symbol belongs to: those of δgates_t are δa_t, δi_t, … */
  #wholes(block: number, [, name, part, step, , isNew]: SymbolTree): Place[] {
    const t = typeof step === "number" ? step : null;
    const { joined, byPart } = this.#blocks[block];
    const place = placeOf(block, name, t, byPart[name] && !isNew ? part : "", isNew);
    const parts = this.#partsOf(place);
    const own = joined[name] && part ? parts.filter((each) => each.name.endsWith(part)) : parts;
    return parts.length ? own : [place];
  }

  #isOf(symbol: SymbolTree, { block, name, part, t, isNew }: Place): boolean {
    const names = [name, ...(this.#blocks[block].joined[name] ?? [])];
    return this.#wholes(block, symbol).some(
      (each) =>
        names.includes(each.name) &&
        each.t === t &&
        each.isNew === isNew &&
        (!each.part || !part || each.part === part),
    );
  }

  /** The part whose rows a place names; "" of a whole quantity, or of one that has no parts. */
  #namedPart({ block, name, part, entry }: Place): string {
    const { parts = [], shape = [] } = this.#blocks[block].quantities[name] ?? {};
    return part || !entry || !parts.length ? part : parts[Math.floor((entry[0] * parts.length) / shape[0])];
  }

  /** Whether a formula has the name of a place, at a step that fits. */
  #mayTake(tree: Tree, place: Place, t: number | null, summed: boolean): boolean {
    if (tree[0] !== "symbol") {
      return children(tree).some((child) => this.#mayTake(child, place, t, summed || tree[0] === "sum"));
    }
    const { joined, steps } = this.#blocks[place.block];
    const [, name, , step] = tree;
    const together = joined[name]?.includes(place.name) || joined[place.name]?.includes(name);
    if ((name !== place.name && !together) || (step === null) !== (place.t === null)) return false;
    return summed || step === null || settle(step, t, steps) === place.t;
  }

  /** The quantities of other blocks that this one is. */
  #linkedTo(one: Place): Place[] {
    const { block, name, t } = one;
    if (t === null) return [];
    if (name === "x") return this.besideOf(one).map(({ place }) => place);
    if (name === "d_x") return this.#blocks[block].below ? [this.#belowAt(block, t, "delta")] : [];
    return name === outputOf(this.#blocks[block]) ? this.#aboveAt(block, t, "x") : [];
  }
}

/** What a line works out. */
export function leftOf({ block, equation, t }: Work): Place {
  const [, name, part, step, , isNew] = equation.left;
  return placeOf(block, name, settle(step, t, null) as number | null, part, isNew);
}
