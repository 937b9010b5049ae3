// Where a gradient comes from: how much of one entry of a δ entered as Δ at which step, and how much of it came
// through each step's border by the state and by the outputs.
//
// The backward pass is linear in Δ. So the way back of one entry is followed forward in time: `weights` say how much
// of the entry one unit of each backward quantity is worth, and weight times value is what went through there.
import type { Place, Share } from "../api";
import type { SymbolTree, Tree } from "../data";
import type { Engine, Work } from "./engine";
import { evaluate, flat } from "../evaluate";
import { placeId, placeOf } from "../keys";
import type { Readings } from "./readings";
import { cuttable, hasDot, some } from "../trees";
import { leftOf, type Uses } from "./uses";

/** The ways by which one entry of a δ came, from the last step to its own; the shares of what entered add up to 1. */
export function sharesOf(engine: Engine, uses: Uses, readings: Readings, place: Place): Share[] {
  const work = uses.workOf(place);
  if (work?.equation.phase !== "backward" || place.t === null) return [];
  return new Tracing(engine, readings, place).shares();
}

/** A backward quantity, and how much of the entry one unit of each of its entries is worth. */
interface Reached {
  place: Place;
  weights: Float64Array;
}

class Tracing {
  readonly #weights = new Map<string, Float64Array>();
  readonly #found = new Map<string, Share & { t: number }>();
  readonly #entering: "direct" | "head";
  readonly #backward: Set<string>;
  readonly #engine: Engine;
  readonly #readings: Readings;
  readonly #place: Place;

  constructor(engine: Engine, readings: Readings, place: Place) {
    this.#engine = engine;
    this.#readings = readings;
    this.#place = place;
    const { block, entry } = place;
    const { equations, joined } = engine.data.blocks[block];
    this.#entering = equations.some(({ left }) => left[1] === "delta") ? "direct" : "head";
    this.#backward = new Set(equations.filter(({ phase }) => phase === "backward").map(({ left }) => left[1]));
    for (const [name, parts] of Object.entries(joined)) if (this.#backward.has(parts[0])) this.#backward.add(name);
    for (const name of ["delta", ...Object.keys(engine.data.blocks[block].quantities).filter(isBoundary)]) {
      this.#backward.add(name);
    }
    const whole = { ...place, entry: null };
    const start = new Float64Array(readings.values(whole, engine.numbers).length);
    start[entry ? entry[0] : 0] = 1;
    this.#weights.set(placeId(whole), start);
  }

  shares(): Share[] {
    const { block } = this.#place;
    // Against the order of work: what a quantity was made of comes after it.
    for (const work of [...this.#engine.order].reverse()) {
      if (work.block !== block || work.equation.phase !== "backward") continue;
      const weight = this.#weights.get(placeId(leftOf(work)));
      if (weight && work.equation.left[1] !== "delta") this.#follow(work, weight);
    }
    this.#enter();
    const all = [...this.#found.values()];
    const entered = all.filter(({ path }) => path === this.#entering);
    const total = entered.reduce((sum, { value }) => sum + Math.abs(value), 0);
    const rank = { direct: 0, head: 0, state: 1, out: 2 };
    all.sort((a, b) => b.t - a.t || rank[a.path] - rank[b.path]);
    return all.map(({ t: _, ...each }) => ({ ...each, share: total ? Math.abs(each.value) / total : 0 }));
  }

  /** What entered at each step: Δ. */
  #enter(): void {
    const { block } = this.#place;
    for (let t = 0; t < this.#engine.data.blocks[block].steps; t++) {
      const at = placeOf(block, "delta", t);
      const weight = this.#weights.get(placeId(at));
      if (!weight) continue;
      this.#add(at, this.#entering, t, this.#amount(at, weight));
    }
  }

  /** Hands the weight of a line's quantity on to what its terms take, and notes what crossed a step's border. */
  #follow(work: Work, weight: Float64Array): void {
    const { block, t } = work;
    const tree = this.#engine.formula(work);
    const left = leftOf(work);
    const crossing = left.name.startsWith("delta_");
    for (const term of cuttable(tree)) {
      const reached = this.#pull(term, this.#passed(tree, term, weight));
      for (const { place, weights } of reached) this.#collect(place, weights);
      const later = reached.find(({ place }) => isBoundary(place.name) || place.t === (t ?? 0) + 1);
      if (!crossing && !later) continue;
      const amount = reached.reduce((sum, { place, weights }) => sum + this.#amount(place, weights), 0);
      if (amount === 0 && later && isBoundary(later.place.name)) continue;
      const at = later && !crossing ? placeOf(block, later.place.name, later.place.t) : left;
      this.#add(at, hasDot(term) ? "out" : "state", left.t as number, amount);
    }
  }

  #amount(place: Place, weights: Float64Array): number {
    const values = this.#readings.values(place, this.#engine.numbers);
    return weights.reduce((sum, w, k) => sum + w * (values[k] ?? 0), 0);
  }

  /** The weight that reaches one of a formula's terms: the slope behind its sum is in it. */
  #passed(tree: Tree, term: Tree, weight: Float64Array): Float64Array {
    if (tree === term || tree[0] !== "product") return weight;
    return this.#passed(tree[2][0], term, this.#scaled(weight, ["product", "hadamard", tree[2].slice(1)]));
  }

  #scaled(weight: Float64Array, by: Tree): Float64Array {
    const values = flat(evaluate(by, this.#engine.reader(this.#place.block)));
    return weight.map((w, k) => w * (values.length === 1 ? values[0] : values[k]));
  }

  #isBackward(tree: Tree): boolean {
    return some(tree, (node) => node[0] === "symbol" && this.#backward.has(node[1]));
  }

  /** What the weight of a tree makes of the backward quantities in it. */
  #pull(tree: Tree, weight: Float64Array): Reached[] {
    if (!this.#isBackward(tree)) return [];
    switch (tree[0]) {
      case "symbol":
        return this.#leaf(tree, weight);
      case "+":
        return tree[1].flatMap((term) => this.#pull(term, weight));
      case "-":
        return this.#pull(tree[1], weight.map((w) => -w));
      case "/":
        return this.#pull(tree[1], this.#scaled(weight, ["/", ["number", "1"], tree[2]]));
      case "product": {
        const place = tree[2].findIndex((factor) => this.#isBackward(factor));
        const others = tree[2].filter((_, k) => k !== place);
        if (!others.length) return this.#pull(tree[2][place], weight);
        const onward =
          tree[1] === "dot" ? this.#turned(others[0], weight) : this.#scaled(weight, ["product", "hadamard", others]);
        return this.#pull(tree[2][place], onward);
      }
      default:
        throw new Error(`a gradient does not go through ${tree[0]}`);
    }
  }

  /** The weight behind a matrix: that of v, where the weight is that of Uᵀ · v or U · v. */
  #turned(tree: Tree, weight: Float64Array): Float64Array {
    const symbol = tree[0] === "T" ? tree[1] : tree;
    if (symbol[0] !== "symbol") throw new Error("a matrix must be a quantity");
    const { start, shape } = this.#engine.locate[this.#place.block](symbol);
    const [rows, columns] = shape;
    const { numbers } = this.#engine;
    const onward = new Float64Array(tree[0] === "T" ? rows : columns);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const own = numbers[start + r * columns + c];
        if (tree[0] === "T") onward[r] += weight[c] * own;
        else onward[c] += weight[r] * own;
      }
    }
    return onward;
  }

  /** The weight of a symbol; that of δgates_t is that of its parts. */
  #leaf([, name, part, step]: SymbolTree, weight: Float64Array): Reached[] {
    const { block } = this.#place;
    const parts = this.#engine.data.blocks[block].joined[name];
    const own = parts?.filter((each) => !part || each.endsWith(part)) ?? [name];
    const size = weight.length / own.length;
    return own.map((each, k) => ({
      place: placeOf(block, each, step as number),
      weights: weight.slice(k * size, (k + 1) * size),
    }));
  }

  #collect(place: Place, weights: Float64Array): void {
    const id = placeId(place);
    const sum = this.#weights.get(id);
    if (sum) weights.forEach((w, k) => void (sum[k] += w));
    else this.#weights.set(id, weights.slice());
  }

  #add(place: Place, path: Share["path"], t: number, value: number): void {
    const id = `${placeId(place)} ${path}`;
    const known = this.#found.get(id);
    if (known) known.value += value;
    else this.#found.set(id, { place, path, value, share: 0, t });
  }
}

/** Whether a quantity is what stands for the terms that come from past the last step. */
function isBoundary(name: string): boolean {
  return name === "carried" || name.startsWith("carried_");
}
