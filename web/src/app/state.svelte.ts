// What the page shows now: the model and its version, the chosen place and the way to it, what is open, what is said.
// One object, `app`; every view reads it in $derived and changes the model through `app.change` alone.
import type { Cut, LearnerApi, LineOptions, LinesApi, ModelApi, Place, Share, WorkedLine } from "../core/api";
import type { Block, Mark } from "../core/data";
import { Address, hashNow } from "./address";
import { entryOf, keyOf, isHandy, markFinder, placeOf, same, sameNumbers, sizeOf, whole } from "./places";
import { remembered } from "./remembered";

/** The tools; each is a panel of Tools.svelte. */
export type Tool = "step" | "learn" | "change" | "hold" | "flow" | "nudge" | "update" | "run" | "marks" | "take";

class App {
  model!: ModelApi;
  lines!: LinesApi;
  #makeLearner!: () => LearnerApi;
  #learner: LearnerApi | null = null;

  /** Rises with every change of the model, and with every try of the learner. */
  version = $state(0);
  /** The chosen quantity. Change it with `choose`. */
  place = $state.raw<Place>(placeOf(0, "loss"));
  /** The way to the chosen place, itself last. */
  way = $state.raw<Place[]>([]);
  /** The step and the unit last chosen, kept where the place has none (W, loss). */
  t = $state(0);
  unit = $state(0);
  /** Whether the backward pass lies over the sequence. */
  backward = $state(false);
  notation = $state("document");
  digits = $state(5);
  byHand = $state(false);
  tool = $state<Tool>("step");
  /** Whether the learner works: numbers not worked out yet are hidden. */
  learning = $state(false);
  /** Whether the learner asked for a hint at the number that is worked out now: the numbers put in may be seen. */
  hinted = $state(false);
  playing = $state(false);
  /** Lines a second while it plays; slow where motion is unwelcome. */
  speed = $state(matchMedia("(prefers-reduced-motion: reduce)").matches ? 0.5 : 2);
  /** Whether the dialog of keys and words is open. */
  help = $state(false);
  /** Whether single letters are keys; remembered where the browser allows it. */
  letters = $state(remembered("letters") !== "off");
  /** What the one live region says. */
  message = $state("");
  /** Why the last change was refused; "" where it was not. */
  problem = $state("");
  /** Whether there was a change whose old values stand beside the new. */
  changed = $state(false);
  #address = new Address(() => this.way.slice(-24).map((one) => this.lines.toHash(one)));
  #marks: (place: Place) => Mark[] = () => [];

  /** All that is worked out, in the order of work. */
  readonly order: Place[] = $derived((this.version, this.model.order()));
  readonly #numbered = $derived(new Map(this.order.map((place, k) => [keyOf(place), k])));
  readonly loss: number = $derived((this.version, this.model.loss()));
  readonly block: Block = $derived(this.model.data.blocks[this.place.block] as Block);
  readonly cuts: Cut[] = $derived((this.version, this.model.cuts()));
  /** By which ways the chosen δ comes, while the tool for it is open and one number of a δ is chosen. */
  readonly shares: Share[] = $derived.by(() => {
    void this.version;
    const single = this.place.entry !== null || sizeOf(this.model.shape(this.place)) === 1;
    return this.tool === "flow" && !this.learning && single ? this.sharesOf(this.oneOf(this.place)) : [];
  });

  /** The learner; made when it is first asked for, as it works the model out by hand. */
  get learner(): LearnerApi {
    return (this.#learner ??= this.#makeLearner());
  }

  /** Whether the learner has begun at all; nothing was tried before. */
  get learned(): boolean {
    void this.version;
    return this.#learner !== null;
  }

  /** Whether the model is small enough to be worked by hand, every line in decimals. */
  get handy(): boolean {
    return isHandy(this.model.data);
  }

  /** Begin with a model, and at the place that the address names. */
  open(model: ModelApi, lines: LinesApi, makeLearner: () => LearnerApi): void {
    this.model = model;
    this.lines = lines;
    this.#makeLearner = makeLearner;
    this.#learner = null;
    this.changed = false;
    const { data } = model;
    this.#marks = markFinder(data);
    this.notation = data.notation;
    this.digits = data.digits;
    this.byHand = data.rounding === "hand";
    this.version = model.version;
    if (data.run) this.t = data.run.times.length - 1;
    this.tool = data.marks?.length ? "marks" : data.run ? "run" : "step";
    this.#arrive(null);
    addEventListener("popstate", (event) => this.#arrive(event.state));
  }

  /** Go to a place, to a gradient with the backward pass. The browser's back returns; arrow keys glide on. */
  choose(place: Place, way = this.way, glides = false): void {
    if (same(place, this.place) || !this.model.exists(place)) return;
    if (!glides) this.#address.settle();
    this.#go(place, [...way, place]);
    if (this.phaseOf(place) === "backward") this.backward = true;
    this.#address[glides ? "glide" : "push"]();
  }

  /** Go back along the way to its k-th place. */
  returnTo(k: number): void {
    const place = this.way[k];
    if (place) this.choose(place, this.way.slice(0, k));
  }

  /** Go on (1) or back (−1) in the order of work; false at its end. */
  step(by: 1 | -1, aloud = true): boolean {
    const next = this.order[this.#index() + by];
    if (next === undefined) return false;
    this.choose(next, this.way.slice(0, -1));
    if (aloud) this.say(this.spoken(next));
    return true;
  }

  /** How far the chosen place is in the order of work: [k, n], k from 1; 0 of what is given. */
  progress(): [number, number] {
    return [this.#index() + 1, this.order.length];
  }

  /** Change the model; a sentence in return where it cannot be, and then nothing is changed. */
  change(act: () => void): string {
    this.problem = "";
    try {
      if (this.learning)
        throw Error("Leave the exercise first (Escape): a changed number would change its solutions.");
      act();
      this.changed = true;
      this.refresh();
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      this.say(this.problem);
    }
    return this.problem;
  }

  /** Set one number; a drag that `goesOn` is one step of undo in all. A sentence where it cannot be. */
  set(place: Place, value: number, goesOn = false): string {
    return this.change(() => {
      if (!goesOn) this.model.settle();
      this.model.set(place, value, true);
    });
  }

  undo(): void {
    if (this.model.canUndo()) this.tell(() => this.model.undo(), "Undone.");
  }

  redo(): void {
    if (this.model.canRedo()) this.tell(() => this.model.redo(), "Done again.");
  }

  reset(): void {
    this.tell(() => this.model.reset(), "All numbers are what the page came with.");
  }

  /** Change the model, and say what it did to the loss. */
  tell(act: () => void, said: string): string {
    const problem = this.change(act);
    if (!problem) this.say(`${said} The loss is ${this.number(this.loss)}.`);
    return problem;
  }

  /** Read the model again. */
  refresh(): void {
    this.version += 1;
  }

  /** The number at a place now. */
  value(place: Place): number {
    void this.version;
    return this.model.value(place);
  }

  /** Whether the last change changed a place's values. */
  flash(place: Place): boolean {
    void this.version;
    return this.changed && !sameNumbers(this.model.values(place), this.model.before(place));
  }

  /** Whether a place is hidden from the learner. */
  hides(place: Place): boolean {
    return this.learning && (void this.version, this.learner.hides(place));
  }

  /** The place itself where it is one number, else the chosen unit's entry of it. */
  oneOf(place: Place): Place {
    if (place.entry !== null) return place;
    const entry = this.model.shape(place).map((size, axis) => (axis === 0 ? Math.min(this.unit, size - 1) : 0));
    return entryOf(place, entry);
  }

  /** What a checked document says at a place. */
  marksOf(place: Place): Mark[] {
    return this.#marks(place);
  }

  /** By which ways a δ comes; [] of what no path leads to. */
  sharesOf(place: Place): Share[] {
    try {
      return this.model.shares(place);
    } catch {
      return [];
    }
  }

  /** The line of a place, as the page has it; a short one without the numbers put in. */
  lineOf(place: Place, short = false): WorkedLine {
    void this.version;
    return this.lines.line(this.model, place, { ...this.options, short });
  }

  /** How lines are written. */
  get options(): LineOptions {
    return { digits: this.digits, notation: this.notation };
  }

  /** A number as the page writes it. */
  number(value: number): string {
    return this.lines.number(value, this.digits);
  }

  /** A place's name in words that can be read out. */
  plain(place: Place): string {
    return this.lines.plainName(this.model, place, this.notation);
  }

  /** Let the one live region say a sentence. */
  say(text: string): void {
    this.message = this.message === text ? `${text}\u00a0` : text;
  }

  /** What is read out of a place: its name, and its value where it is one number that may be seen. */
  spoken(place: Place): string {
    const values = this.model.values(place);
    const known = values.length === 1 && !this.hides(place) ? ` = ${this.number(values[0] as number)}` : "";
    return this.plain(place) + known;
  }

  /** The part of the work in which a place is worked out: forward, loss … update; given, or put together. */
  phaseOf(place: Place): string {
    const phase = this.model.equationOf(place)?.phase ?? this.model.equationOf(whole(place))?.phase;
    return phase ?? (this.model.isGiven(place) ? "given" : "put together");
  }

  /** Where the chosen place, the whole of it, or the last of its parts is in the order of work. */
  #index(): number {
    const all = { ...whole(this.place), part: "" };
    const last = this.block.joined[all.name]?.at(-1);
    const candidates = last === undefined ? [this.place, whole(this.place), all] : [{ ...all, name: last }];
    return candidates.map((one) => this.#numbered.get(keyOf(one))).find((k) => k !== undefined) ?? -1;
  }

  #firstPlace(): Place {
    const { run, blocks } = this.model.data;
    const forecast = placeOf(blocks.length - 1, "y", 0);
    return run && this.model.exists(forecast) ? forecast : (this.order[0] ?? placeOf(0, "x", 0));
  }

  #go(place: Place, way: Place[]): void {
    const sameBlock = place.block === this.place.block;
    this.place = place;
    this.way = way;
    const last = this.block.steps - 1;
    if (last > 0) this.t = Math.min(Math.max(place.t ?? this.t, 0), last); // a head of one step leaves it
    const units = this.block.sizes.H ?? 1;
    const rows = this.model.shape(whole(place))[0] ?? 0;
    if (place.entry?.length && rows % units === 0) this.unit = (place.entry[0] as number) % units;
    else if (!sameBlock) this.unit = Math.min(this.unit, units - 1);
    document.title = `${this.plain(place)} · ${this.model.data.title}`;
  }

  #arrive(state: unknown): void {
    this.#address.drop();
    const hashes = (state as { way?: string[] } | null)?.way;
    const read = (hash: string): Place | null => this.lines.fromHash(hash, this.model);
    const place = read(hashNow()) ?? this.#firstPlace();
    const way = (hashes ?? []).map(read).filter((one) => one !== null);
    this.#go(place, way.length > 0 ? way : [place]);
  }
}

/** The page's one state. */
export const app = new App();
