// Where a gradient comes from: how much of one entry of a δ entered as Δ at which step, and how much of it came
// through each step's border by the state and by the outputs.
//
// The backward pass is linear in Δ. So the way back of one entry is followed forward in time: `weights` say how much
// of the entry one unit of each backward quantity is worth, and weight times value is what went through there.
import type { Place, Share } from "../api";
import type { Tree } from "../data";
import type { Engine } from "./engine";
import { evaluate, flat } from "../evaluate";
import { placeId, placeOf } from "../keys";
import type { Readings } from "./readings";
import { cuttable, hasDot, some } from "../trees";
import { leftOf, type Uses } from "./uses";

/** A backward quantity, and how much of the entry one unit of each of its entries is worth. */
type Reached = [place: Place, weight: Float64Array];
type Found = Share & { t: number };

const RANK = { direct: 0, head: 0, state: 1, out: 2 };

/** Whether a quantity is what stands for the terms that come from past the last step. */
const isBoundary = (name: string): boolean => name === "carried" || name.startsWith("carried_");

/** The ways by which one entry of a δ came, from the last step to its own; the shares of what entered add up to 1. */
export function sharesOf(engine: Engine, uses: Uses, readings: Readings, place: Place): Share[] {
  const { block, entry, t: own } = place;
  if (uses.workOf(place)?.equation.phase !== "backward" || own === null) return [];
  const { equations, joined, quantities, steps } = engine.data.blocks[block];
  const { numbers } = engine;
  engine.reach("backward");
  const entering = equations.some(({ left }) => left[1] === "delta") ? "direct" : "head";
  const names = equations.filter(({ phase }) => phase === "backward").map(({ left }) => left[1]);
  const together = Object.keys(joined).filter((name) => names.includes(joined[name][0]));
  const backward = new Set(["delta", ...names, ...together, ...Object.keys(quantities).filter(isBoundary)]);
  const isBackward = (tree: Tree): boolean => some(tree, (node) => node[0] === "symbol" && backward.has(node[1]));

  const weights = new Map<string, Float64Array>();
  const found = new Map<string, Found>();

  const add = (at: Place, path: Share["path"], t: number, value: number): void => {
    const id = `${placeId(at)} ${path}`;
    const known = found.get(id);
    if (known) known.value += value;
    else found.set(id, { place: at, path, value, share: 0, t });
  };
  const collect = ([at, weight]: Reached): void => {
    const id = placeId(at);
    const before = weights.get(id);
    weights.set(id, before ? weight.map((w, k) => before[k] + w) : weight);
  };
  const amount = ([at, weight]: Reached): number => {
    const values = readings.values(at, numbers);
    return weight.reduce((sum, w, k) => sum + w * (values[k] ?? 0), 0);
  };

  const scaled = (weight: Float64Array, by: Tree): Float64Array => {
    const values = flat(evaluate(by, engine.reader(block)));
    return weight.map((w, k) => w * (values.length === 1 ? values[0] : values[k]));
  };
  /** The weight that reaches one of a formula's terms: the slope behind its sum is in it. */
  const passed = (tree: Tree, term: Tree, weight: Float64Array): Float64Array =>
    tree === term || tree[0] !== "product"
      ? weight
      : passed(tree[2][0], term, scaled(weight, ["product", "hadamard", tree[2].slice(1)]));
  /** The weight behind a matrix: that of v, where the weight is that of Uᵀ · v or U · v. */
  const turned = (tree: Tree, weight: Float64Array): Float64Array => {
    const symbol = tree[0] === "T" ? tree[1] : tree;
    if (symbol[0] !== "symbol") throw new Error("a matrix must be a quantity");
    const { start, shape } = engine.locate[block](symbol);
    const [rows, columns] = shape;
    const onward = new Float64Array(tree[0] === "T" ? rows : columns);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const number = numbers[start + r * columns + c];
        if (tree[0] === "T") onward[r] += weight[c] * number;
        else onward[c] += weight[r] * number;
      }
    }
    return onward;
  };
  /** What the weight of a tree makes of the backward quantities in it. */
  const pull = (tree: Tree, weight: Float64Array): Reached[] => {
    if (!isBackward(tree)) return [];
    switch (tree[0]) {
      case "symbol": {
        const [, name, part, step] = tree;
        const parts = joined[name]?.filter((each) => !part || each.endsWith(part)) ?? [name]; // δgates_t is its parts
        const size = weight.length / parts.length;
        return parts.map((each, k) => [
          placeOf(block, each, step as number),
          weight.slice(k * size, (k + 1) * size),
        ]);
      }
      case "+":
        return tree[1].flatMap((term) => pull(term, weight));
      case "-":
        return pull(tree[1], weight.map((w) => -w));
      case "/":
        return pull(tree[1], scaled(weight, ["/", ["number", "1"], tree[2]]));
      case "product": {
        const [, operation, factors] = tree;
        const inner = factors.findIndex(isBackward);
        const others = factors.filter((_, k) => k !== inner);
        if (!others.length) return pull(factors[inner], weight);
        const onward =
          operation === "dot" ? turned(others[0], weight) : scaled(weight, ["product", "hadamard", others]);
        return pull(factors[inner], onward);
      }
      default:
        throw new Error(`a gradient does not go through ${tree[0]}`);
    }
  };

  const whole = { ...place, entry: null };
  const first = new Float64Array(readings.values(whole, numbers).length);
  first[entry?.[0] ?? 0] = 1;
  collect([whole, first]);
  // Against the order of work: what a quantity was made of comes after it.
  for (const work of [...engine.order].reverse()) {
    if (work.block !== block || work.equation.phase !== "backward") continue;
    const left = leftOf(work);
    const weight = weights.get(placeId(left));
    if (!weight || left.name === "delta") continue;
    // Hand the weight on to what the terms take, and note what crossed a step's border.
    const tree = engine.formula(work);
    const crossing = left.name.startsWith("delta_");
    for (const term of cuttable(tree)) {
      const reached = pull(term, passed(tree, term, weight));
      reached.forEach(collect);
      const later = reached.find(([{ name, t }]) => isBoundary(name) || t === (work.t ?? 0) + 1)?.[0];
      if (!crossing && !later) continue;
      const value = reached.reduce((sum, each) => sum + amount(each), 0);
      if (value === 0 && later && isBoundary(later.name)) continue;
      add(later && !crossing ? later : left, hasDot(term) ? "out" : "state", left.t as number, value);
    }
  }
  for (let t = 0; t < steps; t++) {
    const at = placeOf(block, "delta", t);
    const weight = weights.get(placeId(at));
    if (weight) add(at, entering, t, amount([at, weight]));
  }
  const all = [...found.values()].sort((a, b) => b.t - a.t || RANK[a.path] - RANK[b.path]);
  const sizes = all.map(({ path, value }) => (path === entering ? Math.abs(value) : 0));
  const total = sizes.reduce((a, b) => a + b, 0);
  return all.map(({ t: _, ...each }) => ({ ...each, share: total ? Math.abs(each.value) / total : 0 }));
}
