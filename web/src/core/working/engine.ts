// The numbers of all blocks and how they are worked out: forward from below upwards, the loss, backward from the top
// downwards, the gradients, the update. model.ts has what a person changes; this file only works it out.
import type { Cut, Held } from "../api";
import { compile } from "./compile";
import type { Block, Equation, PageData, SymbolTree, Tree } from "../data";
import type { Decimal } from "../decimals";
import { exactly, type Value } from "../evaluate";
import type { Run } from "./kernels";
import { parseKey } from "../keys";
import { decoded, layOut, outputOf, type Places, type Ref } from "../layout";
import { type Locate, locator } from "./locate";
import { type ByHand, givenWritten, lineWritten } from "./rounding";
import { sizesOf } from "./sizes";
import { bind, cuttable, settle, some, without } from "../trees";

/** One line of work: an equation of a block at a step, null where it has none. */
export interface Work {
  block: number;
  equation: Equation;
  t: number | null;
}

interface Compiled {
  run: Run;
  tree: Tree;
  /** How large its terms are, and what works that out; made when one works by hand. */
  sizes?: Float64Array;
  size?: Run;
}

interface Item extends Work {
  target: Ref;
  made: Compiled;
}

const NOTHING: ReadonlySet<number> = new Set();

export type Phase = Equation["phase"];
const PHASES: Phase[] = ["forward", "loss", "backward", "gradients", "update"];

/** A range of given numbers, under its key. */
export interface GivenRange {
  block: number;
  key: string;
  start: number;
  size: number;
}

/** Works out the equations of a page's data. */
export class Engine {
  readonly places: Places[];
  /** What is worked with, and what has been given in full precision, at the same places. */
  readonly numbers: Float64Array;
  readonly given: Float64Array;
  readonly ranges: GivenRange[] = [];
  /** Another list with every plan. */
  order: Work[] = [];
  readonly locate: Locate[];
  hand: ByHand | null = null;
  held: Held[] = [];
  cuts: Cut[] = [];
  readonly #compiled = new Map<string, Compiled>();
  readonly #stages: { phase: Phase; block: number; items: Item[] }[] = [];
  /** How many stages are worked out. */
  done = 0;

  constructor(readonly data: PageData) {
    const { total, blocks } = layOut(data);
    this.places = blocks;
    this.locate = blocks.map(locator);
    this.numbers = new Float64Array(total);
    this.given = new Float64Array(total);
    data.blocks.forEach((block, k) => this.#take(block, k));
    this.plan();
  }

  #take(block: Block, number: number): void {
    for (const [key, values] of Object.entries(block.given)) {
      const found = parseKey(key);
      const ref = found && this.places[number].find(found.name, found.part, found.isNew, found.t !== null);
      if (!ref || (found.t !== null && (found.t < -1 || found.t > block.steps))) continue;
      const start = ref.start + (found.t ?? 0) * ref.step;
      this.given.set(decoded(values), start);
      this.ranges.push({ block: number, key, start, size: ref.size });
    }
  }

  // The order of work ----------------------------------------------------------------------------------------

  /** Makes the plan anew: after a hold or a cut was put in or taken out. */
  plan(): void {
    this.#stages.length = 0;
    this.order = [];
    const blocks = [...this.data.blocks.keys()];
    for (const phase of PHASES) {
      if (phase === "backward") blocks.reverse();
      for (const k of blocks) this.#stage(phase, k);
    }
  }

  #stage(phase: Phase, number: number): void {
    const block = this.data.blocks[number];
    const equations = block.equations.filter((equation) => equation.phase === phase);
    const [stepped, others] = [true, false].map((is) => equations.filter(({ left }) => (left[3] !== null) === is));
    const times = [...Array(block.steps).keys()];
    if (phase === "backward") times.reverse();
    const at = (t: number | null) => (equation: Equation): Work => ({ block: number, equation, t });
    const works = [...times.flatMap((t) => stepped.map(at(t))), ...others.map(at(null))];
    this.order.push(...works);
    this.#stages.push({ phase, block: number, items: works.map((work) => this.#item(work)) });
  }

  #item(work: Work): Item {
    const { block, equation, t } = work;
    const [, name, part, step, , isNew] = equation.left;
    const whole = this.places[block].find(name, part, isNew, step !== null);
    if (!whole) throw new Error(`${equation.id}: there is no room for ${name}`);
    const shift = Array.isArray(step) ? step[1] : 0;
    const target = { ...whole, start: whole.start + shift * whole.step };
    const fixed = this.#heldAt(work);
    if (fixed !== null) {
      const tree: Tree = ["number", String(fixed)];
      return { ...work, target, made: { run: compile(tree, this.numbers, target, this.locate[block]), tree } };
    }
    const dropped = this.#droppedAt(work);
    const ended = t !== null && equation.ends?.[t] !== undefined;
    const place = this.data.blocks[block].equations.indexOf(equation);
    const key = `${block}:${place}:${ended ? t : ""}:${[...dropped].sort().join()}`;
    let made = this.#compiled.get(key);
    if (!made) {
      const tree = bind(without(this.right(work), dropped), null, this.data.blocks[block].steps);
      const run = compile(tree, this.numbers, target, this.locate[block]);
      made = { tree, run };
      this.#compiled.set(key, made);
    }
    return { ...work, target, made };
  }

  /** The right-hand side of a line, with t in letters where it is that of all steps. */
  right({ equation, t }: Work): Tree {
    return (t !== null && equation.ends?.[t]) || equation.right;
  }

  /** The terms that are cut out of a line. */
  #droppedAt({ block, equation, t }: Work): ReadonlySet<number> {
    if (!this.cuts.length) return NOTHING;
    const terms = cuttable(this.right({ block, equation, t })).length;
    const here = this.cuts.filter((cut) => cut.block === block && cut.equation === equation.id && cut.term < terms);
    return new Set(here.filter((cut) => cut.t === null || cut.t === t).map(({ term }) => term));
  }

  /**
   * The number that stands in place of a line's formula because something is held; null where nothing is.
   *
   * A held quantity is a constant: its own formula is that number, and nothing of the loss flows on through it
   * to what it would have been made of. All that flows to its operands goes through its δ (of a gate the one
   * before its function), so that δ is 0 there. What else its operands do is untouched: where f_t is held,
   * state_{t-1} still gets δstate_t ⊙ f_t.
   */
  #heldAt({ block, equation: { phase, left }, t }: Work): number | null {
    if (t === null || (phase !== "forward" && phase !== "backward")) return null;
    const [before, at] = [phase === "backward" ? "d_" : "", settle(left[3], t, null)];
    const found = this.held.find((each) => each.block === block && each.t === at && left[1] === before + each.name);
    return found ? (before ? 0 : found.value) : null;
  }

  /** The bound right-hand side that a line is worked out by. */
  formula(work: Work): Tree {
    const fixed = this.#heldAt(work);
    if (fixed !== null) return ["number", String(fixed)];
    return bind(without(this.right(work), this.#droppedAt(work)), work.t, this.data.blocks[work.block].steps);
  }

  // Working out ------------------------------------------------------------------------------------------------

  /** Takes what is given over into what is worked with, as it is written where one works by hand. */
  load(): void {
    const { hand, given, numbers } = this;
    for (const { start, size } of this.ranges) {
      for (let k = start; k < start + size; k++) numbers[k] = hand ? givenWritten(given[k], hand) : given[k];
    }
  }

  /** Works everything out, or what comes up to a phase; the rest waits until it is asked for. */
  run(upTo: Phase = "update"): void {
    this.load();
    this.done = 0;
    this.reach(upTo);
  }

  /** Whether a phase is worked out after so many stages. */
  isDone(phase: Phase, done = this.done): boolean {
    return done >= this.#stages.length || PHASES.indexOf(this.#stages[done].phase) > PHASES.indexOf(phase);
  }

  /** Goes on until a phase is worked out. */
  reach(upTo: Phase): void {
    for (; !this.isDone(upTo); this.done += 1) {
      const { phase, block, items } = this.#stages[this.done];
      if (phase === "loss" || phase === "backward") this.#fillLabels(block, phase);
      if (phase === "backward") this.#linkDelta(block);
      for (const item of items) {
        const t = item.t ?? 0;
        item.made.run(t);
        if (this.hand) this.#round(item, t, this.hand);
      }
    }
  }

  #round({ block, target, made }: Item, t: number, hand: ByHand): void {
    const { numbers } = this;
    if (!made.sizes) {
      made.sizes = new Float64Array(target.size);
      const own = { ...target, start: 0, step: 0 };
      made.size = compile(sizesOf(made.tree), numbers, own, this.locate[block], made.sizes);
    }
    made.size?.(t);
    const start = target.start + t * target.step;
    let exact: Value<Decimal> | undefined;
    for (let k = 0; k < target.size; k++) {
      const entry = (): Decimal => (exact ??= exactly(bind(made.tree, t, null), this.reader(block))).at(k);
      numbers[start + k] = lineWritten(numbers[start + k], made.sizes[k], entry, hand);
    }
  }

  /** Reads what bound symbols of a block stand for, where it stands. */
  reader(block: number): (symbol: SymbolTree) => Value {
    return (symbol) => {
      const { start, shape } = this.locate[block](symbol);
      return { shape, at: (k) => this.numbers[start + k] };
    };
  }

  /**
   * Where there is no label, the output of its step stands in, so that the difference is 0.
   *
   * In a loss without a difference, the cross-entropy, it is 0 instead, so that nothing is added.
   */
  #fillLabels(number: number, phase: Phase): void {
    const block = this.data.blocks[number];
    const [label, used, out] = [
      this.places[number].find("label", "", false, true),
      this.places[number].used,
      this.places[number].find(outputOf(block), "", false, true),
    ];
    if (!label || !used || !out) return;
    const losses = block.equations.filter((equation) => equation.phase === "loss");
    const nothing = phase === "loss" && !losses.some(({ right }) => subtracts(right, "label"));
    for (let t = 0; t < block.steps; t++) {
      for (let k = 0; k < used.size; k++) {
        const value = this.numbers[label.start + t * label.step + k];
        const instead = nothing ? 0 : this.numbers[out.start + t * out.step + k];
        this.numbers[used.start + t * used.step + k] = Number.isNaN(value) ? instead : value;
      }
    }
  }

  /** Δ of a block below another one is what that one gives back, δx; of a step that it does not read, 0. */
  #linkDelta(number: number): void {
    const delta = this.places[number].find("delta", "", false, true);
    const steps = this.data.blocks[number].steps;
    const above = this.data.blocks.map((_, k) => k).filter((k) => this.data.blocks[k].below?.block === number);
    if (!delta || !above.length) return;
    this.numbers.fill(0, delta.start, delta.start + steps * delta.size);
    for (const k of above) {
      const back = this.places[k].find("d_x", "", false, true);
      for (let t = 0; back && t < this.data.blocks[k].steps; t++) {
        const to = delta.start + stepBelow(this.data, k, t) * delta.step;
        const from = back.start + t * back.step;
        for (let n = 0; n < delta.size; n++) this.numbers[to + n] += this.numbers[from + n];
      }
    }
  }

  /** The loss; NaN where there is none. */
  loss(): number {
    const refs = this.places.map((places) => places.find("loss", "", false, false));
    return this.numbers[refs.find((ref) => ref)?.start ?? -1] ?? NaN;
  }
}

/** Whether a quantity is taken away in a formula. */
const subtracts = (tree: Tree, name: string): boolean =>
  some(tree, (node) => node[0] === "-" && node[1][0] === "symbol" && node[1][1] === name);

/** The step of the block below whose out is x_t. */
export function stepBelow(data: PageData, block: number, t: number): number {
  const link = data.blocks[block].below;
  if (!link) return t;
  const last = data.blocks[link.block].steps - 1;
  return link.steps === "last" ? last : link.reversed ? last - t : t;
}
