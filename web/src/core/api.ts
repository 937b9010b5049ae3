// What the views use of the core: model.ts, lines.ts and learner.ts hold to these.
import type { Equation, Mistake, PageData, Tree } from "./data";

/** One quantity: of a block, at a step (null: none), of a gate's rows, one entry (null: all). */
export interface Place {
  block: number;
  name: string; // d_state, W, loss
  part: string; // a gate's letter, or ""
  t: number | null;
  entry: number[] | null;
  isNew: boolean; // a parameter after its update
}

export interface Held { block: number; name: string; t: number; value: number } // all units
export interface Cut { block: number; equation: string; t: number | null; term: number } // t null: at every step
export interface Nudged { epsilon: number; estimate: number; gradient: number; difference: number }
/**
 * What of a gradient entered at a step (direct: Δ of the block's own loss; head: of the block above), or crossed the
 * border from the step after `place` (state: element by element; out: through a matrix).
 */
export interface Share {
  place: Place;
  path: "direct" | "state" | "out" | "head";
  value: number; // with its sign; what entered adds up to the gradient
  share: number; // |value| / Σ|what entered|: those of what entered add up to 1, what crossed may be more than 1
}

export interface ModelApi {
  readonly data: PageData;
  /** Rises with every change. */
  readonly version: number;
  /** Values of a whole quantity, row by row; of a part or entry, those alone. Empty where there is none. */
  values(place: Place): Float64Array;
  value(place: Place): number; // of one entry
  shape(place: Place): number[];
  /** Values before the last change, to show beside; the present ones where nothing changed. */
  before(place: Place): Float64Array;
  exists(place: Place): boolean;
  isGiven(place: Place): boolean;
  canSet(place: Place): boolean;
  equationOf(place: Place): Equation | null;
  /** The bound right-hand side that stands at this step (boundary values in place; a hold or a cut put in); null of a given. */
  formula(place: Place): Tree | null;
  /** Whole quantities that the formula takes, in reading order. */
  operands(place: Place): Place[];
  /** Where this quantity goes: the quantities whose formula takes it (or the part or entry of it, where one is said). */
  usedBy(place: Place): Place[];
  /** All that is worked out, in the order of work; learner and n/p go by it. */
  order(): Place[];

  loss(): number;
  lossBefore(): number;
  // Changes: each is one step of undo.
  /** Sets one entry of a given, λ, x, label, initial value; while it is dragged, all of it is one step of undo. */
  set(place: Place, value: number, dragged?: boolean): void;
  /** A number is no longer dragged: the next change is one of its own. */
  settle(): void;
  /** Makes several changes as one step of undo, worked out once. */
  together(make: () => void): void;
  hold(block: number, name: string, t: number, value: number | null): void; // null: let go
  held(): Held[];
  cut(cut: Cut): void;
  mend(cut: Cut): void;
  cuts(): Cut[];
  /** The mistake that a cut is, null where it has no name. */
  named(cut: Cut): Mistake | null;
  update(times: number): void; // SGD steps: the parameters become the new ones
  losses(): number[]; // before each update, and now
  rewind(): void; // to the parameters before the first update
  undo(): void;
  redo(): void;
  reset(): void; // to what the page came with
  canUndo(): boolean;
  canRedo(): boolean;
  byHand(digits: number | null): void; // every line rounded before it is used; null: full precision

  nudge(place: Place, epsilon: number): Nudged; // of one entry of a given with a gradient; changes nothing
  /** How much of one δout or δstate (one entry) comes by which way, from the last step to its own: the sequence's paths by share. */
  shares(place: Place): Share[];
  /** A model with the same equations to try something on. */
  copy(): ModelApi;
}

// Lines (lines.ts) -------------------------------------------------------------------------------------------

/** A piece of a printed formula. */
export interface Span {
  text: string;
  sup?: string; // exponent, ᵀ, new; above the index
  sub?: string; // index: "t-1" bound to a number, a gate's letter … Of a number: its guard digits
  tail?: string; // behind the index, on the line: [0,1] of an entry, the power of ten of a number with guard digits
  plain?: string; // all of it as plain text: δstate₀[1], W_a; where it is not `text` alone
  place?: Place; // the quantity it stands for: a button to its line
  kind: "plain" | "operand" | "number";
}
/** A formula in pieces; `rows` is a matrix or column vector written out. */
export type Piece = Span | { rows: Piece[][][]; place?: Place };

export interface LineOptions {
  digits: number;
  notation: string; // document, torch, keras
  short?: boolean; // without the numbers put in
}
export interface WorkedLine {
  id: string; // B2@t=0, G1, P1[W]; of a given: its key
  place: Place;
  left: Piece[];
  formula: Piece[]; // empty of a given
  substituted: Piece[]; // empty where it would be too long: `tooLong` then says so, and a single entry has one
  result: Piece[];
  tooLong: boolean;
  why: string;
}
export interface LinesApi {
  line(model: ModelApi, place: Place, options: LineOptions): WorkedLine;
  text(line: WorkedLine): string;
  latex(model: ModelApi, place: Place, options: LineOptions): string;
  name(model: ModelApi, place: Place, notation: string): Piece[]; // δstate_2[1], W_a[0,1]
  plainName(model: ModelApi, place: Place, notation: string): string; // the same for a screen reader and the URL's title
  number(value: number, digits: number): string; // −0.05348, 1.2346e-7 as the worksheet writes it
  /** A block's cell as a problem file that gatewise work and explore read again; an error in words of a head. */
  toml(model: ModelApi, block?: number): string;
  answers(learner: LearnerApi): string; // NAME.answers.json: the answers that gatewise mark takes
  /** NAME.key.json: the key that gatewise mark takes beside them, made of the learner's model; an error in words of one
   *  that no key can hold (several layers, large ones, an initial state, missing labels). */
  key(learner: LearnerApi): string;
  toHash(place: Place): string; // #0:d_state@1[0]
  fromHash(hash: string, model: ModelApi): Place | null;
}

// Now you (learner.ts) ---------------------------------------------------------------------------------------

export type Verdict = "right" | "follows" | "mistake" | "misprint" | "coarse" | "wrong" | "unreadable" | "missing";
export interface Tried {
  place: Place; // one entry
  answer: string;
  verdict: Verdict;
  note: string;
  mistake: string;
  points: number;
  tries: number;
  hinted: boolean;
  shown: boolean; // the solution was shown
}
/** Works through the model's order entry by entry; judged by the marking ladder of marking.ts. */
export interface LearnerApi {
  readonly model: ModelApi;
  readonly next: Place | null; // the entry that is hidden now; null at the end
  start(from?: Place): void;
  answer(text: string): Tried; // goes on to the next where it is right, follows or near
  hint(): string;
  solution(): string; // shows it and goes on, without points
  skip(): void;
  tried(): Tried[];
  score(): { points: number; outOf: number; sentence: string }; // how it came about
  hides(place: Place): boolean; // not yet worked out by the learner
  answers(): Record<string, string>; // by the ids that exercises have: B2@t=0, G1[a,0]
  key(): string; // as LinesApi has it
}
