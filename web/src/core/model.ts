// The model that a person changes: every number by its place, what it is made of, undo and redo, updates and rewind.
import type { Cut, Held, ModelApi, Nudged, Place, Share } from "./api";
import type { Equation, Mistake, PageData, Tree } from "./data";
import { Engine } from "./working/engine";
import { History } from "./working/history";
import { placeId, placeOf } from "./keys";
import { Past } from "./working/past";
import { nudged } from "./working/nudge";
import { Readings } from "./working/readings";
import { sharesOf } from "./working/shares";
import { Uses } from "./working/uses";

/** All that can be changed. */
interface Snapshot {
  given: Float64Array;
  held: Held[];
  cuts: Cut[];
  losses: number[]; // before each update
  start: Float64Array | null; // what was given before the first one
}

const MOST_UPDATES = 10_000;

/** A page's model; see `ModelApi`. */
export class Model implements ModelApi {
  version = 0;
  readonly #engine: Engine;
  readonly #uses: Uses;
  readonly #readings: Readings;
  readonly #history = new History();
  readonly #first: Snapshot;
  readonly #past: Past;
  #lossesBefore: number[] = [];
  #start: Float64Array | null = null;
  #joined = false; // whether several changes are being made as one

  /** A model of a page's data, or one that stands where another does. */
  constructor(
    readonly data: PageData,
    other?: Model,
  ) {
    this.#engine = new Engine(data);
    if (data.rounding === "hand") this.#engine.hand = { digits: data.digits, ties: data.ties };
    this.#uses = new Uses(this.#engine);
    this.#readings = new Readings(this.#engine, this.#uses);
    this.#first = this.#snapshot();
    if (other) {
      this.#restore(other.#snapshot());
      this.#engine.hand = other.#engine.hand;
    }
    this.#engine.run("loss");
    this.#past = new Past(this.#engine);
    this.#past.keep();
  }

  // What there is ----------------------------------------------------------------------------------------------

  values(place: Place): Float64Array {
    this.#engine.reach(this.#uses.phaseOf(place));
    return this.#readings.values(place, this.#engine.numbers);
  }

  value(place: Place): number {
    return this.values(place)[0] ?? NaN;
  }

  before(place: Place): Float64Array {
    return this.#readings.values(place, this.#past.upTo(this.#uses.phaseOf(place)));
  }

  shape(place: Place): number[] {
    return this.#readings.shape(place);
  }

  exists(place: Place): boolean {
    return this.#readings.exists(place);
  }

  isGiven(place: Place): boolean {
    return this.#readings.isGiven(place);
  }

  canSet(place: Place): boolean {
    return this.#readings.canSet(place);
  }

  equationOf(place: Place): Equation | null {
    return this.#uses.workOf(place)?.equation ?? null;
  }

  formula(place: Place): Tree | null {
    const work = this.#uses.workOf(place);
    return work && this.#engine.formula(work);
  }

  operands(place: Place): Place[] {
    return this.#uses.operands(place);
  }

  usedBy(place: Place): Place[] {
    return this.#uses.usedBy(place);
  }

  order(): Place[] {
    return this.#uses.order();
  }

  // Changes ----------------------------------------------------------------------------------------------------

  loss(): number {
    return this.#engine.loss();
  }

  lossBefore(): number {
    return this.#past.loss;
  }

  set(place: Place, value: number, dragged = false): void {
    if (!this.canSet(place)) return;
    const places = this.#readings.settable(place);
    const { given } = this.#engine;
    if (this.#joined) return places.forEach((k) => void (given[k] = value));
    const old = places.map((k) => given[k]);
    const put = (values: (k: number) => number) => () => places.forEach((k, n) => void (given[k] = values(n)));
    const subject = dragged ? placeId(place) : undefined;
    if (!this.#history.joins(subject)) this.#past.keep();
    put(() => value)();
    this.#history.add({ undo: put((n) => old[n]), redo: put(() => value), subject });
    this.#workOut();
  }

  /** A number is no longer dragged: the next change is one of its own. */
  settle(): void {
    this.#history.close();
  }

  hold(block: number, name: string, t: number, value: number | null): void {
    const others = this.#engine.held.filter((each) => each.block !== block || each.name !== name || each.t !== t);
    const exists = this.#uses.workOf(placeOf(block, name, t))?.equation.phase === "forward";
    if (value !== null && !exists) return;
    this.#change(() => void (this.#engine.held = value === null ? others : [...others, { block, name, t, value }]));
  }

  held(): Held[] {
    return this.#engine.held.map((each) => ({ ...each }));
  }

  cut(cut: Cut): void {
    this.#change(() => void (this.#engine.cuts = [...this.#cutsBut(cut), { ...cut }]));
  }

  mend(cut: Cut): void {
    this.#change(() => void (this.#engine.cuts = this.#cutsBut(cut)));
  }

  #cutsBut({ block, equation, t, term }: Cut): Cut[] {
    const isThis = (each: Cut): boolean =>
      each.block === block && each.equation === equation && each.t === t && each.term === term;
    return this.#engine.cuts.filter((each) => !isThis(each));
  }

  cuts(): Cut[] {
    return this.#engine.cuts.map((each) => ({ ...each }));
  }

  named(cut: Cut): Mistake | null {
    for (const equation of this.data.blocks[cut.block].equations) {
      const id = equation.id === cut.equation ? equation.cuts?.[cut.term] : null;
      if (id) return equation.mistakes.find((mistake) => mistake.id === id) ?? null;
    }
    return null;
  }

  update(times: number): void {
    if (!(times >= 1) || !this.#readings.hasParameters) return;
    this.#change(() => {
      this.#start ??= this.#engine.given.slice();
      for (let k = 0; k < Math.min(times, MOST_UPDATES); k++) {
        if (k || this.#joined) this.#engine.run();
        this.#lossesBefore.push(this.loss());
        this.#readings.takeUpdated();
      }
    });
  }

  losses(): number[] {
    return [...this.#lossesBefore, this.loss()];
  }

  rewind(): void {
    const start = this.#start;
    if (start === null) return;
    this.#change(() => {
      this.#readings.putParameters(start);
      this.#lossesBefore = [];
      this.#start = null;
    });
  }

  reset(): void {
    this.#change(() => this.#restore(this.#first));
  }

  byHand(digits: number | null): void {
    this.#keepAll();
    this.#engine.hand = digits === null ? null : { digits, ties: this.data.ties };
    this.#workOut();
  }

  undo(): void {
    this.#back(() => this.#history.undo());
  }

  redo(): void {
    this.#back(() => this.#history.redo());
  }

  canUndo(): boolean {
    return this.#history.canUndo;
  }

  canRedo(): boolean {
    return this.#history.canRedo;
  }

  // To try something on ----------------------------------------------------------------------------------------

  nudge(place: Place, epsilon: number): Nudged {
    return nudged(this.#engine, this.#uses, this.#readings, place, epsilon);
  }

  shares(place: Place): Share[] {
    return sharesOf(this.#engine, this.#uses, this.#readings, place);
  }

  copy(): Model {
    return new Model(this.data, this);
  }

  #snapshot(): Snapshot {
    const { given, held, cuts } = this.#engine;
    return { given: given.slice(), held, cuts, losses: [...this.#lossesBefore], start: this.#start };
  }

  #restore({ given, held, cuts, losses, start }: Snapshot): void {
    this.#engine.given.set(given);
    this.#engine.held = held;
    this.#engine.cuts = cuts;
    this.#engine.plan();
    this.#lossesBefore = [...losses];
    this.#start = start;
  }

  together(make: () => void): void {
    this.#change(() => {
      this.#joined = true;
      try {
        make();
      } finally {
        this.#joined = false;
      }
    });
  }

  #change(make: () => void): void {
    if (this.#joined) return make();
    const before = this.#snapshot();
    this.#keepAll();
    make();
    this.#engine.plan();
    const after = this.#snapshot();
    this.#history.add({ undo: () => this.#restore(before), redo: () => this.#restore(after) });
    this.#workOut();
  }

  #back(go: () => void): void {
    this.#keepAll();
    go();
    this.#workOut();
  }

  /** Keeps what there is, to its end: it may be planned in another way now. */
  #keepAll(): void {
    this.#engine.reach("update");
    this.#past.keep();
  }

  /** The gradients wait until they are asked for. */
  #workOut(): void {
    this.#engine.run("loss");
    this.version += 1;
  }
}
