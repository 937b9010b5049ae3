// What marking takes of a sheet: its items, the lines that they are numbers of, and what their formulas read.
// src/gatewise/teach/exercises/program.py writes it into the exercises' page; a learner's is made of a model.
import type { Verdict } from "../api";
import type { SymbolTree, Tree } from "../data";
import { flat, type Value } from "../evaluate";
import { keyOf } from "../keys";

/** One answer to choose. */
export interface Option {
  letter: string;
  text: string;
  mistake: string; // that leads to it, "" of the right one
  hint: string;
}

/** One thing to answer: a number, the id of a line, or one of some options. */
export interface Item {
  id: string;
  form: "number" | "line" | "choice";
  key: string;
  line: string; // the line that it is a number of, "" of one of its own
  place: number[];
  options: Option[];
  unit?: number; // of the last digit that is asked for
  entry?: string; // the id of this number on its line, where another item asks for the same
}

/** A line to be worked out, with the mistakes that people make at it. */
export interface MarkedLine {
  left: string; // the key of its quantity
  tree: Tree; // bound, boundary values in place
  value: Value; // by hand
  full: Value; // in full precision
  uses: string[]; // ids of lines
  mistakes: [id: string, tree: Tree][];
}

/** How the quantities of a cell are put together. */
export interface Stacks {
  /** The gates whose rows are stacked in a quantity, by its name. */
  parts: Record<string, string[]>;
  joined: Record<string, string[]>;
  byPart: Record<string, string[]>;
}

/** What the ladder needs of a sheet. */
export interface Sheet {
  line(id: string): MarkedLine;
  /** What a symbol of a line's formulas is worth on a student's own numbers, by key, and the sheet's else. */
  read(id: string, own: ReadonlyMap<string, Value>): (symbol: SymbolTree) => Value;
  /** The name of a mistake and why it is one, as sentences, and its misconception. */
  mistake(id: string): [name: string, why: string, group: string];
}

/** A whole sheet, as program.py writes it. */
export interface SheetData extends Stacks {
  name: string;
  items: Item[];
  lines: Record<string, MarkedLine | null>;
  mistakes: Record<string, [name: string, why: string, group: string]>;
  values: Record<string, Value>;
}

/** One answer marked. */
export interface Marked {
  id: string;
  answer: string;
  verdict: Verdict;
  points: number;
  note: string;
  /** What the note says without giving the solution away. */
  hint: string;
  mistake: string;
}

/** The numbers of a symbol: parts and entries cut out of whole quantities, which `look` gives by key. */
export function gather(symbol: SymbolTree, stacks: Stacks, look: (key: string) => Value | undefined): Value {
  const [, name, part, step, entry, isNew] = symbol;
  const key = (one: string, of = ""): string => keyOf(one, of, isNew, step as number | null);
  const alone = stacks.byPart[name];
  const made =
    stacks.joined[name]?.map((one) => key(one)) ?? (alone && !part ? alone.map((one) => key(name, one)) : null);
  let value: Value | undefined;
  if (made) value = made.flatMap((one) => look(one) ?? [NaN]);
  else value = look(alone ? key(name, part) : key(name));
  if (value === undefined) return NaN;
  const parts = stacks.parts[name] ?? [];
  if (part && !alone && parts.length && Array.isArray(value)) {
    const rows = value.length / parts.length;
    value = value.slice(parts.indexOf(part) * rows, (parts.indexOf(part) + 1) * rows);
  }
  return entry ? cutOut(value, entry) : value;
}

function cutOut(value: Value, [first, ...rest]: (number | null)[]): Value {
  if (first === undefined || !Array.isArray(value)) return value;
  return first === null ? value.map((row) => cutOut(row, rest)) : cutOut(value[first], rest);
}

/** The sheet that data describe. */
export function sheetOf(data: SheetData): Sheet {
  return {
    line: (id) => data.lines[id] as MarkedLine,
    read: (_, own) => (symbol) => gather(symbol, data, (key) => own.get(key) ?? data.values[key]),
    mistake: (id) => data.mistakes[id],
  };
}

/** The entry of a value at a place. */
export function entryAt(value: Value, place: number[]): number {
  let inner: Value | undefined = value;
  for (const index of place) inner = Array.isArray(inner) ? inner[index] : undefined;
  return typeof inner === "number" ? inner : NaN;
}

/** A value with another entry at a place. */
export function withEntry(value: Value, [first, ...rest]: number[], entry: number): Value {
  if (first === undefined || !Array.isArray(value)) return entry;
  return value.map((inner, k) => (k === first ? withEntry(inner, rest, entry) : inner));
}

function shapeOf(value: Value): number[] {
  return Array.isArray(value) ? [value.length, ...(value.length ? shapeOf(value[0]) : [])] : [];
}

/** Entries in a shape, row by row. */
function filled(entries: number[], [size, ...rest]: number[]): Value {
  if (size === undefined) return entries[0];
  const step = rest.reduce((a, b) => a * b, 1);
  return Array.from({ length: size }, (_, k) => filled(entries.slice(k * step, (k + 1) * step), rest));
}

/** A value in the shape of another, as NumPy reshapes it; null where it has not as many entries or other axes. */
export function shaped(value: Value, like: Value): Value | null {
  const [own, other] = [shapeOf(value), shapeOf(like)];
  if (String(own) === String(other)) return value;
  const entries = flat(value);
  const fits = entries.length === flat(like).length && (own.length === other.length || entries.length === 1);
  return fits ? filled(entries, other) : null;
}
