// Where a gradient comes from: how much of one entry of a δ entered as Δ at which step, and how much of it came
// through each step's border by the state and by the outputs.
//
// The backward pass is linear in Δ. So the way back of one entry is followed forward in time: `weights` say how much
// of the entry one unit of each backward quantity is worth, and weight times value is what went through there.
import type { Place, Share } from "./api";
import type { SymbolTree, Tree } from "./data";
import type { Engine, Work } from "./engine";
import { evaluate, flat } from "./evaluate";
import type { Value } from "./evaluate";
import { placeId, placeOf } from "./keys";
import { nested } from "./nudge";
import type { Readings } from "./readings";
import { children, cuttable, hasDot } from "./trees";
import type { Uses } from "./uses";
import { leftOf } from "./uses";

/** The ways by which one entry of a δ came, from the last step to its own; the shares of what entered add up to 1. */
export function sharesOf(engine: Engine, uses: Uses, readings: Readings, place: Place): Share[] {
  const work = uses.workOf(place);
  if (work?.equation.phase !== "backward" || place.t === null) return [];
  return new Tracing(engine, readings, place).shares();
}

class Tracing {
  private readonly weights = new Map<string, Float64Array>();
  private readonly found = new Map<string, Share & { t: number }>();
  private readonly matrices = new Map<string, Value>();
  private readonly entering: "direct" | "head";
  private readonly backward: Set<string>;

  constructor(
    private readonly engine: Engine,
    private readonly readings: Readings,
    private readonly place: Place,
  ) {
    const { block, entry } = place;
    const { equations, joined } = engine.data.blocks[block];
    this.entering = equations.some(({ left }) => left[1] === "delta") ? "direct" : "head";
    this.backward = new Set(equations.filter(({ phase }) => phase === "backward").map(({ left }) => left[1]));
    for (const [name, parts] of Object.entries(joined)) if (this.backward.has(parts[0])) this.backward.add(name);
    this.backward.add("delta");
    const whole = { ...place, entry: null };
    const start = new Float64Array(readings.values(whole, engine.numbers).length);
    start[entry ? entry[0] : 0] = 1;
    this.weights.set(placeId(whole), start);
  }

  shares(): Share[] {
    const { block } = this.place;
    // Against the order of work: what a quantity was made of comes after it.
    for (const work of [...this.engine.order].reverse()) {
      if (work.block !== block || work.equation.phase !== "backward") continue;
      const weight = this.weights.get(placeId(leftOf(work)));
      if (weight && work.equation.left[1] !== "delta") this.follow(work, weight);
    }
    this.enter();
    const all = [...this.found.values()];
    const entered = all.filter(({ path }) => path === this.entering);
    const total = entered.reduce((sum, { value }) => sum + Math.abs(value), 0);
    const rank = { direct: 0, head: 0, state: 1, out: 2 };
    all.sort((a, b) => b.t - a.t || rank[a.path] - rank[b.path]);
    return all.map(({ t: _, ...each }) => ({ ...each, share: total ? Math.abs(each.value) / total : 0 }));
  }

  /** What entered at each step: Δ. */
  private enter(): void {
    const { block } = this.place;
    for (let t = 0; t < this.engine.data.blocks[block].steps; t++) {
      const at = placeOf(block, "delta", t);
      const weight = this.weights.get(placeId(at));
      if (!weight) continue;
      const values = this.readings.values(at, this.engine.numbers);
      this.add(at, this.entering, t, weight.reduce((sum, w, k) => sum + w * (values[k] ?? 0), 0));
    }
  }

  /** Hands the weight of a line's quantity on to what its terms take, and notes what crossed a step's border. */
  private follow(work: Work, weight: Float64Array): void {
    const { block, t } = work;
    const tree = this.engine.formula(work);
    const left = leftOf(work);
    const crossing = left.name.startsWith("delta_");
    for (const term of cuttable(tree)) {
      const later = [...leaves(term)].find(([, name, , step]) => this.isBoundary(name) || (this.backward.has(name) && step === (t ?? 0) + 1));
      if (!crossing && !later) continue;
      const value = flat(this.value(term));
      const passed = this.passed(tree, term, weight);
      const amount = passed.reduce((sum, w, k) => sum + w * (value.length === 1 ? value[0] : value[k]), 0);
      if (later && amount === 0 && this.isBoundary(later[1])) continue;
      const at = later && !crossing ? placeOf(block, later[1], later[3] as number) : left;
      this.add(at, hasDot(term) ? "out" : "state", left.t as number, amount);
    }
    this.pull(tree, weight);
  }

  /** The weight that reaches one of a formula's terms: the slope behind its sum is in it. */
  private passed(tree: Tree, term: Tree, weight: Float64Array): Float64Array {
    if (tree === term || tree[0] === "+") return weight;
    if (tree[0] !== "product") return weight;
    const others = flat(this.value(["product", "hadamard", tree[2].slice(1)]));
    return this.passed(tree[2][0], term, weight.map((w, k) => w * (others.length === 1 ? others[0] : others[k])));
  }

  private isBoundary(name: string): boolean {
    return name === "carried" || name.startsWith("carried_");
  }

  private isBackward(tree: Tree): boolean {
    return tree[0] === "symbol" ? this.backward.has(tree[1]) : children(tree).some((child) => this.isBackward(child));
  }

  /** Adds the weight of a tree to those of the backward quantities in it. */
  private pull(tree: Tree, weight: Float64Array): void {
    if (!this.isBackward(tree)) return;
    if (tree[0] === "symbol") this.collect(tree, weight);
    else if (tree[0] === "+") for (const term of tree[1]) this.pull(term, weight);
    else if (tree[0] === "-") this.pull(tree[1], weight.map((w) => -w));
    else if (tree[0] === "/") {
      const bottom = flat(this.value(tree[2]));
      this.pull(tree[1], weight.map((w, k) => w / (bottom.length === 1 ? bottom[0] : bottom[k])));
    } else if (tree[0] === "product") this.pullProduct(tree[1], tree[2], weight);
    else throw new Error(`a gradient does not go through ${tree[0]}`);
  }

  private pullProduct(operation: string, factors: Tree[], weight: Float64Array): void {
    const place = factors.findIndex((factor) => this.isBackward(factor));
    const others = factors.filter((_, k) => k !== place);
    if (others.length === 0) return this.pull(factors[place], weight);
    if (operation === "dot") {
      const matrix = this.value(["product", "dot", others]) as number[][];
      const columns = Array.isArray(matrix[0]) ? matrix[0].length : 1;
      const onward = new Float64Array(columns);
      weight.forEach((w, row) => {
        for (let k = 0; k < columns; k++) onward[k] += w * matrix[row][k];
      });
      return this.pull(factors[place], onward);
    }
    const by = flat(this.value(["product", "hadamard", others]));
    return this.pull(factors[place], weight.map((w, k) => w * (by.length === 1 ? by[0] : by[k])));
  }

  /** Enters the weight of a symbol; that of δgates_t goes to its parts. */
  private collect([, name, part, step]: SymbolTree, weight: Float64Array): void {
    const { block } = this.place;
    const parts = this.engine.data.blocks[block].joined[name];
    const t = step as number;
    const own = parts?.filter((each) => !part || each.endsWith(part)) ?? [name];
    const size = weight.length / own.length;
    own.forEach((each, k) => {
      const id = placeId(placeOf(block, each, t));
      const sum = this.weights.get(id) ?? new Float64Array(size);
      for (let n = 0; n < size; n++) sum[n] += weight[k * size + n];
      this.weights.set(id, sum);
    });
  }

  private add(place: Place, path: Share["path"], t: number, value: number): void {
    const id = `${placeId(place)} ${path}`;
    const known = this.found.get(id);
    if (known) known.value += value;
    else this.found.set(id, { place, path, value, share: 0, t });
  }

  /** What a bound tree is worth; matrices, which do not change here, are read once. */
  private value(tree: Tree): Value {
    return evaluate(tree, (symbol) => {
      if (symbol[3] !== null) return nested(this.engine, this.place.block, symbol);
      const id = `${symbol[1]}.${symbol[2]}`;
      const known = this.matrices.get(id) ?? nested(this.engine, this.place.block, symbol);
      this.matrices.set(id, known);
      return known;
    });
  }
}

function* leaves(tree: Tree): Generator<SymbolTree> {
  if (tree[0] === "symbol") yield tree;
  else for (const child of children(tree)) yield* leaves(child);
}
