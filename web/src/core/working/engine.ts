// The numbers of all blocks and how they are worked out: forward from below upwards, the loss, backward from the top
// downwards, the gradients, the update. model.ts has what a person changes; this file only works it out.
import type { Cut, Held } from "../api";
import { compile } from "./compile";
import type { Block, Equation, PageData, Tree } from "../data";
import type { Run } from "./kernels";
import { parseKey } from "../keys";
import type { Places, Ref } from "../layout";
import { decoded, layOut, outputOf } from "../layout";
import type { ByHand } from "./rounding";
import { givenWritten, roundLine } from "./rounding";
import type { Locate } from "./shapes";
import { locator } from "./shapes";
import { sizesOf } from "./sizes";
import { bind, children, cuttable, settle, without } from "../trees";

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
  sizes: Float64Array;
  size: Run | null;
}

interface Item extends Work {
  target: Ref;
  made: Compiled;
}

const NOTHING: ReadonlySet<number> = new Set();

type Phase = Equation["phase"];

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
  readonly order: Work[] = [];
  readonly locate: Locate[];
  hand: ByHand | null = null;
  held: Held[] = [];
  cuts: Cut[] = [];
  private readonly compiled = new Map<string, Compiled>();
  private readonly stages: { phase: Phase; block: number; items: Item[] }[] = [];

  constructor(readonly data: PageData) {
    const { total, blocks } = layOut(data);
    this.places = blocks;
    this.locate = blocks.map(locator);
    this.numbers = new Float64Array(total);
    this.given = new Float64Array(total);
    data.blocks.forEach((block, k) => this.take(block, k));
    this.plan();
  }

  private take(block: Block, number: number): void {
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
    this.stages.length = 0;
    this.order.length = 0;
    const up = this.data.blocks.map((_, k) => k);
    const down = [...up].reverse();
    for (const k of up) this.stage("forward", k);
    for (const k of up) this.stage("loss", k);
    for (const k of down) this.stage("backward", k);
    for (const k of down) this.stage("gradients", k);
    for (const k of down) this.stage("update", k);
  }

  private stage(phase: Phase, number: number): void {
    const block = this.data.blocks[number];
    const equations = block.equations.filter((equation) => equation.phase === phase);
    const stepped = equations.filter((equation) => equation.left[3] !== null);
    const times = Array.from({ length: block.steps }, (_, t) => (phase === "backward" ? block.steps - 1 - t : t));
    const works: Work[] = times.flatMap((t) => stepped.map((equation) => ({ block: number, equation, t })));
    for (const equation of equations) if (equation.left[3] === null) works.push({ block: number, equation, t: null });
    this.order.push(...works);
    this.stages.push({ phase, block: number, items: works.map((work) => this.item(work)) });
  }

  private item(work: Work): Item {
    const { block, equation, t } = work;
    const [, name, part, step, , isNew] = equation.left;
    const whole = this.places[block].find(name, part, isNew, step !== null);
    if (!whole) throw new Error(`${equation.id}: there is no room for ${name}`);
    const shift = Array.isArray(step) ? step[1] : 0;
    const target = { ...whole, start: whole.start + shift * whole.step };
    const fixed = this.heldAt(work);
    if (fixed !== null) {
      const tree: Tree = ["number", String(fixed)];
      const start = target.start + (t ?? 0) * target.step;
      const run = (): void => void this.numbers.fill(fixed, start, start + target.size);
      return { ...work, target, made: { run, tree, sizes: new Float64Array(target.size), size: () => {} } };
    }
    const dropped = this.droppedAt(work);
    const ended = t !== null && equation.ends?.[t] !== undefined;
    const place = this.data.blocks[block].equations.indexOf(equation);
    const key = `${block}:${place}:${ended ? t : ""}:${[...dropped].sort().join()}`;
    let made = this.compiled.get(key);
    if (!made) {
      const tree = bind(without(this.right(work), dropped), null, this.data.blocks[block].steps);
      const run = compile(tree, this.numbers, target, this.locate[block]);
      made = { tree, run, sizes: new Float64Array(0), size: null };
      this.compiled.set(key, made);
    }
    return { ...work, target, made };
  }

  private right({ equation, t }: Work): Tree {
    return (t !== null && equation.ends?.[t]) || equation.right;
  }

  /** The terms that are cut out of a line. */
  private droppedAt({ block, equation, t }: Work): ReadonlySet<number> {
    const own = this.cuts.filter((cut) => cut.block === block && cut.equation === equation.id);
    if (!own.length) return NOTHING;
    const here = own.filter((cut) => cut.t === null || (cut.t === t && t !== null)).map((cut) => cut.term);
    const terms = cuttable(this.right({ block, equation, t })).length;
    return new Set(here.filter((term) => term < terms));
  }

  /**
   * The number that stands in place of a line's formula because something is held; null where nothing is.
   *
   * A held quantity is a constant: its own formula is that number, and nothing of the loss flows on through it
   * to what it would have been made of. All that flows to its operands goes through its δ (of a gate the one
   * before its function), so that δ is 0 there. What else its operands do is untouched: where f_t is held,
   * state_{t-1} still gets δstate_t ⊙ f_t.
   */
  private heldAt({ block, equation, t }: Work): number | null {
    if (t === null || (equation.phase !== "forward" && equation.phase !== "backward")) return null;
    const name = equation.left[1];
    const at = settle(equation.left[3], t, null);
    for (const each of this.held) {
      if (each.block !== block || each.t !== at) continue;
      if (equation.phase === "forward" && name === each.name) return each.value;
      if (equation.phase === "backward" && name === `d_${each.name}`) return 0;
    }
    return null;
  }

  /** The bound right-hand side that a line is worked out by. */
  formula(work: Work): Tree {
    const fixed = this.heldAt(work);
    if (fixed !== null) return ["number", String(fixed)];
    return bind(without(this.right(work), this.droppedAt(work)), work.t, this.data.blocks[work.block].steps);
  }

  // Working out ------------------------------------------------------------------------------------------------

  /** Takes what is given over into what is worked with, as it is written where one works by hand. */
  load(): void {
    const { hand, given, numbers } = this;
    for (const { start, size } of this.ranges) {
      for (let k = start; k < start + size; k++) numbers[k] = hand ? givenWritten(given[k], hand) : given[k];
    }
  }

  /** Works everything out, or forward and the loss alone. */
  run(all = true): void {
    this.load();
    for (const { phase, block, items } of this.stages) {
      if (!all && phase !== "forward" && phase !== "loss") return;
      if (phase === "loss" || phase === "backward") this.fillLabels(block, phase);
      if (phase === "backward") this.linkDelta(block);
      for (const item of items) {
        const t = item.t ?? 0;
        item.made.run(t);
        if (this.hand) this.round(item, t, this.hand);
      }
    }
  }

  private round({ block, target, made }: Item, t: number, hand: ByHand): void {
    if (made.size === null) {
      made.sizes = new Float64Array(target.size);
      const own = { ...target, start: 0, step: 0 };
      made.size = compile(sizesOf(made.tree), this.numbers, own, this.locate[block], made.sizes);
    }
    made.size(t);
    roundLine(this.numbers, { target, ...made }, t, this.locate[block], hand);
  }

  /**
   * Where there is no label, the output of its step stands in, so that the difference is 0.
   *
   * In a loss without a difference, the cross-entropy, it is 0 instead, so that nothing is added.
   */
  private fillLabels(number: number, phase: Phase): void {
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
  private linkDelta(number: number): void {
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
    for (const places of this.places) {
      const ref = places.find("loss", "", false, false);
      if (ref) return this.numbers[ref.start];
    }
    return NaN;
  }
}

/** Whether a quantity is taken away in a formula. */
function subtracts(tree: Tree, name: string): boolean {
  if (tree[0] === "-" && tree[1][0] === "symbol" && tree[1][1] === name) return true;
  return children(tree).some((child) => subtracts(child, name));
}

/** The step of the block below whose out is x_t. */
export function stepBelow(data: PageData, block: number, t: number): number {
  const link = data.blocks[block].below;
  if (!link) return t;
  const last = data.blocks[link.block].steps - 1;
  return link.steps === "last" ? last : link.reversed ? last - t : t;
}
