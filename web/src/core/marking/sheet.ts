// What marking takes of a sheet: its items, the lines that they are numbers of, and what their formulas read.
// src/gatewise/teach/exercises/program.py writes it into the exercises' page; a learner's is made of a model.
import type { Verdict } from "../api";
import type { Tree } from "../data";
import { flat, type Nested, type Read, shapeOf, sizeOf, type Value, valueOf } from "../evaluate";
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
export interface MarkedLine<V = Value> {
  left: string; // the key of its quantity
  tree: Tree; // bound, boundary values in place
  value: V; // by hand
  full: V; // in full precision
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
  read(id: string, own: ReadonlyMap<string, Value>): Read;
  /** The name of a mistake and why it is one, as sentences, and its misconception. */
  mistake(id: string): [name: string, why: string, group: string];
}

/** A whole sheet, as program.py writes it. */
export interface SheetData extends Stacks {
  name: string;
  items: Item[];
  lines: Record<string, MarkedLine<Nested> | null>;
  mistakes: Record<string, [name: string, why: string, group: string]>;
  values: Record<string, Nested>;
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
export function gather(
  [, name, part, step, entry, isNew]: Parameters<Read>[0],
  { parts, joined, byPart }: Stacks,
  look: (key: string) => Value | undefined,
): Value {
  const key = (one: string, of = ""): string => keyOf(one, of, isNew, step as number | null);
  const alone = byPart[name];
  const together = joined[name]?.map((one) => key(one)) ?? (part ? undefined : alone?.map((one) => key(name, one)));
  let value = together ? stacked(together.map(look)) : (look(key(name, alone ? part : "")) ?? NOTHING);
  const gates = part && !alone && value.shape.length ? (parts[name] ?? []) : [];
  if (gates.length) {
    const [rows, ...rest] = value.shape;
    const before = (gates.indexOf(part) * sizeOf(value.shape)) / gates.length;
    const { at } = value;
    value = { shape: [rows / gates.length, ...rest], at: (k) => at(before + k) };
  }
  return entry ? cutOut(value, entry) : value;
}

const NOTHING = valueOf([NaN], []);

function stacked(values: (Value | undefined)[]): Value {
  const numbers = values.flatMap((value) => flat(value ?? NOTHING));
  const rest = values[0]?.shape.slice(1) ?? [];
  return valueOf(numbers, [numbers.length / sizeOf(rest), ...rest]);
}

/** One entry, row or column of a value. */
function cutOut({ shape, at }: Value, entry: (number | null)[]): Value {
  const [rows = 1, columns = 1] = shape;
  const chosen = (k: number, of: number): number[] => (entry[k] == null ? [...Array(of).keys()] : [entry[k]]);
  const numbers = chosen(0, rows).flatMap((i) => chosen(1, columns).map((j) => at(i * columns + j)));
  return valueOf(numbers, shape.filter((_, k) => entry[k] == null));
}

/** A value of numbers as JSON has them. */
const read = (values: Nested): Value => valueOf([values].flat(2) as number[], shapeOf(values));

/** The sheet that data describe. */
export function sheetOf(data: SheetData): Sheet {
  const valuesOf = new Map(Object.entries(data.values).map(([key, values]) => [key, read(values)]));
  return {
    line: (id) => {
      const line = data.lines[id] as MarkedLine<Nested>;
      return { ...line, value: read(line.value), full: read(line.full) };
    },
    read: (_, own) => (symbol) => gather(symbol, data, (key) => own.get(key) ?? valuesOf.get(key)),
    mistake: (id) => data.mistakes[id],
  };
}

const indexIn = ({ shape }: Value, place: number[]): number => place.reduce((k, own, n) => k * shape[n] + own, 0);

/** The entry of a value at a place. */
export const entryAt = (value: Value, place: number[]): number => value.at(indexIn(value, place));

/** A value with another entry at a place. */
export function withEntry(value: Value, place: number[], entry: number): Value {
  const index = indexIn(value, place);
  return valueOf(flat(value).map((own, k) => (k === index ? entry : own)), value.shape);
}

/** A value in the shape of another, as NumPy reshapes it; null where it has not as many entries or other axes. */
export function shaped({ shape, at }: Value, { shape: other }: Value): Value | null {
  const size = sizeOf(shape);
  return size === sizeOf(other) && (shape.length === other.length || size === 1) ? { shape: other, at } : null;
}
