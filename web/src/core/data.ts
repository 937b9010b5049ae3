// What Python writes into a page (src/gatewise/teach/explore/program.py): the equations as data, and the numbers.

/** A time index: none, bound (3), or in letters: t + k, T + k. */
export type Step = null | number | ["t" | "T", number];

/** A formula as data, as src/gatewise/cells/tree_data.py writes it. */
export type SymbolTree = ["symbol", name: string, part: string, step: Step, entry: (number | null)[] | null, isNew: boolean];
export type Tree =
  | ["number", text: string]
  | SymbolTree
  | ["+", terms: Tree[]]
  | ["-", argument: Tree]
  | ["product", operation: "hadamard" | "dot" | "outer" | "times", factors: Tree[]]
  | ["/", top: Tree, bottom: Tree]
  | ["^", base: Tree, exponent: number]
  | ["call", name: string, argument: Tree] // tanh, sigmoid, clip(3) …; sum, max, softmax of all entries
  | ["T", argument: Tree]
  | ["sum", low: Step, high: Step, body: Tree]; // Σ over t; its own t is bound by it

/** Numbers: nested lists, null for NaN ("no label here"), or, of many, little-endian float64 in base64. */
export type Values = number | null | Values[] | { f64: string; shape: number[] };

/** A mistake that people make at an equation, as `gatewise check` names it. */
export interface Mistake {
  id: string; // carried-term/dropped …
  name: string; // the sentence that names it
  why: string; // the sentence that says why it is wrong
  right: Tree; // the right-hand side that it puts in place of the equation's
  ends?: Record<number, Tree>; // as in Equation
  undefinedAt?: number[]; // steps at which it takes what is outside the sequence, and is not looked at
}

export interface Equation {
  id: string; // F1 … P1[W]
  phase: "forward" | "loss" | "backward" | "gradients" | "update";
  left: SymbolTree;
  right: Tree; // with t and T in letters
  /** Bound right-hand sides at steps whose formula is another one: at t = T − 1 with the boundary value
   *  in place of what would come from step T; only where they differ from `right` bound to t. */
  ends?: Record<number, Tree>;
  why: string;
  mistakes: Mistake[];
  /** Of a right-hand side that is a sum: the mistake that leaving out its k-th term is, null where none is known. */
  cuts?: (string | null)[];
}

/** A name in a library's letters; `transposed`: of the transpose, so that Wᵀ is "kernel" where W is "kernelᵀ". */
export interface OtherName {
  text: string;
  latex: string;
  transposed?: boolean;
  parts?: Record<string, OtherName>; // of each gate's rows: W_a is W_ig in torch
}

/** A quantity's names and shape. */
export interface Quantity {
  text: string; // δstate, without index
  latex: string;
  ascii: string; // d_state
  words: string; // "gradient of the internal state"
  shape: number[]; // of one step, in numbers
  parts: string[]; // the gates whose rows are stacked in it, in order; []
  stepped: boolean; // has a time index
  notations?: Record<string, OtherName>; // torch, keras: where they have another name
}

/** One layer, or the head: a small LSTM of its own, linked to the one below. */
export interface Block {
  name: string; // "layer 0", "head"
  kind: "cell" | "head";
  cell: string; // lstm, gru, …
  cellToml?: string; // the equations of a cell of one's own, as the [cell] table of a problem file has them
  steps: number; // T; 1 for a head that reads the last step alone
  sizes: Record<string, number>; // D, H, …
  gates: string[];
  carried: string[]; // ["state", "out"]: what a step hands to the next
  /** Quantities that are put together of others (gates, d_gates), by name: the names of their parts in order. */
  joined: Record<string, string[]>;
  /** Quantities that are worked out part by part (d_U of a GRU): name → parts. */
  byPart: Record<string, string[]>;
  quantities: Record<string, Quantity>;
  equations: Equation[];
  /** What is given, by key: W, U, b, learning_rate, x@0 …, label@0 …, out@-1, state@-1, boundary values such as
   *  delta_out@T-1 and carried@T (0). Stepped ones that are linked (x of an upper layer, delta of a lower one) are left out. */
  given: Record<string, Values>;
  /** The block below whose out_t is this one's x_t ("each"), or whose last out is its x_0 ("last"). */
  below?: { block: number; steps: "each" | "last"; reversed?: boolean };
  /** What a head of one step reads beside the outs, by name: the last rows of the x of a block, one after the other. */
  beside?: Record<string, { block: number; rows: number }>;
}

/** What a document's checked lines say, by key of the quantity (d_state@1, W_new) or an entry of it (d_W@[0,1]). */
export interface Mark {
  block: number;
  key: string; // "" of a finding about no quantity of the page: it stands by its line
  entry: number[] | null;
  verdict: string; // as the checker's: ok, wrong, follows, …
  sentence: string; // what the finding says; "" where all is right
  mistake: string; // its id, or ""
  written: string; // what stands in the document
  line: number; // of the document, from 1
}

export interface Column {
  name: string;
  mean: number; // value = mean + scale · number
  scale: number;
  unit?: string;
  base?: number; // of an output that is a change: the column of x whose last value, in units, stands for the mean
}

export interface RunWindow {
  run: string; // folder
  at: string; // the row, as it was given
  times: string[]; // of the T steps
  inputs: Column[]; // the D columns of x
  outputs: Column[]; // the entries of the head's y
  outputNames: string[]; // "+1", "+2" …
  note: string; // what the loss on the page is, and what was left as it is
  base: string; // what a forecast counts from, and whether that moves with x
}

export interface PageData {
  format: 1;
  title: string;
  learningRate: number;
  digits: number;
  rounding: "full" | "hand";
  ties: "half-up" | "half-even" | "truncate";
  notation: string; // document, torch, keras
  notations: string[];
  blocks: Block[]; // from the input upwards
  marks?: Mark[];
  document?: { name: string; text: string };
  run?: RunWindow;
  /** What `gatewise mark` takes: the answers file of this page's own sheet is made with it. */
  sheet: string;
  version: string;
}
