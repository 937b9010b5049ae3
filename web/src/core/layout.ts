// Where each quantity's numbers stand: one array of float64 holds those of all blocks, and linked quantities are
// the same numbers.
import type { Block, PageData, SymbolTree, Tree, Values } from "./data";
import { shapeOf, sizeOf } from "./evaluate";
import { parseKey } from "./keys";
import { children } from "./trees";

/** Where numbers stand: at step t from `start + t · step` on, row by row. */
export interface Ref {
  start: number;
  step: number;
  shape: number[];
  size: number;
}

/** How a block's quantities are found by name. */
export interface Places {
  /** The numbers of a quantity or of a part of it; null where there is none. */
  find(name: string, part: string, isNew: boolean, stepped: boolean): Ref | null;
  /** The labels as the loss takes them: a missing one is the output of its step. */
  used: Ref | null;
}

/** How many steps before the first and after the last one have room: for initial and boundary values. */
export const MARGIN = 2;

/** The numbers of data in one row; null is NaN. */
export function decoded(values: Values): Float64Array {
  if (values === null) return Float64Array.of(NaN);
  if (typeof values === "number") return Float64Array.of(values);
  if (Array.isArray(values)) return Float64Array.from(values.flatMap((each) => Array.from(decoded(each))));
  return new Float64Array(Uint8Array.from(atob(values.f64), (sign) => sign.charCodeAt(0)).buffer); // little-endian
}

/** Lays out the quantities of all blocks; how many numbers there are, and where. */
export function layOut(data: PageData): { total: number; blocks: Places[] } {
  let total = 0;
  const blocks: Places[] = [];
  for (const block of data.blocks) {
    const made = new BlockLayout(block, total, { "x@": linked(data, block, blocks), ...rowsBeside(data, block, blocks) });
    total = made.end;
    blocks.push(made);
  }
  return { total, blocks };
}

/** What a block gives to the next one: out of a cell, what a head says. */
export function outputOf(block: Block): string {
  if (block.carried.length) return block.carried[0];
  return [...block.equations].reverse().find((equation) => equation.phase === "forward")?.left[1] ?? "";
}

/** The outs below that are a block's x, in the order in which it takes them; null where it has an x of its own. */
function linked(data: PageData, block: Block, blocks: Places[]): Ref | null {
  if (!block.below) return null;
  const lower = data.blocks[block.below.block];
  const out = blocks[block.below.block].find(outputOf(lower), "", false, true);
  if (!out) return null;
  const last = out.start + (lower.steps - 1) * out.step;
  if (block.below.steps === "last") return { ...out, start: last, step: 0 };
  return block.below.reversed ? { ...out, start: last, step: -out.step } : out;
}

/** What a head reads beside x: the numbers of the last rows of a block's x, which stand one after the other. */
function rowsBeside(data: PageData, block: Block, blocks: Places[]): Record<string, Ref | null> {
  const found = Object.entries(block.beside ?? {}).map(([name, { block: of, rows }]) => {
    const x = blocks[of].find("x", "", false, true);
    if (!x) return [name, null];
    const size = rows * x.size;
    return [`${name}@`, { start: x.start + (data.blocks[of].steps - rows) * x.step, step: 0, shape: [size], size }];
  });
  return Object.fromEntries(found);
}

const slotOf = (name: string, stepped: boolean, isNew: boolean): string =>
  name + (isNew ? "_new" : "") + (stepped ? "@" : "");

class BlockLayout implements Places {
  /** By name, with "@" where they have a step, and "_new" where they are new. */
  readonly #slots = new Map<string, Ref>();
  readonly #block: Block;
  used: Ref | null = null;

  constructor(
    block: Block,
    public end: number,
    links: Record<string, Ref | null>,
  ) {
    this.#block = block;
    for (const [slot, ref] of Object.entries(links)) if (ref) this.#slots.set(slot, ref);
    for (const [name, parts] of Object.entries(block.joined)) this.#allocateJoined(name, parts);
    for (const [name, stepped, isNew] of this.#mentioned()) this.#allocate(name, stepped, isNew);
    const label = this.#slots.get("label@");
    if (label) this.used = this.#room(label.shape, true);
  }

  find(name: string, part: string, isNew: boolean, stepped: boolean): Ref | null {
    const whole = this.#slots.get(slotOf(name, stepped, isNew));
    if (!whole || !part) return whole ?? null;
    const { byPart, quantities } = this.#block;
    const parts = (!isNew && byPart[name]) || (quantities[name]?.parts ?? []);
    const place = parts.indexOf(part);
    return place < 0 ? null : rowsOf(whole, place, parts.length);
  }

  #room(shape: number[], stepped: boolean): Ref {
    const size = sizeOf(shape);
    const start = this.end;
    this.end += stepped ? size * (this.#block.steps + 2 * MARGIN) : size;
    return { start: stepped ? start + MARGIN * size : start, step: stepped ? size : 0, shape, size };
  }

  /** δa, δi, δf, δo stand one after the other at each step, so that δgates is all of them. */
  #allocateJoined(name: string, parts: string[]): void {
    const shapes = parts.map((part) => this.#block.quantities[part].shape);
    const whole = this.#room([shapes.reduce((rows, shape) => rows + shape[0], 0)], true);
    this.#slots.set(`${name}@`, whole);
    let start = whole.start;
    parts.forEach((part, k) => {
      const size = sizeOf(shapes[k]);
      this.#slots.set(`${part}@`, { start, step: whole.step, shape: shapes[k], size });
      start += size;
    });
  }

  #allocate(name: string, stepped: boolean, isNew: boolean): void {
    const key = slotOf(name, stepped, isNew);
    if (this.#slots.has(key)) return;
    const given = Object.keys(this.#block.given).find((each) => parseKey(each)?.name === name);
    const shape = this.#block.quantities[name]?.shape ?? (given ? shapeOf(this.#block.given[given]) : []);
    this.#slots.set(key, this.#room(shape, stepped));
  }

  /** All that is given or stands in an equation: name, whether it has a step, whether it is a new parameter. */
  *#mentioned(): Generator<[string, boolean, boolean]> {
    for (const [name, quantity] of Object.entries(this.#block.quantities)) yield [name, quantity.stepped, false];
    for (const key of Object.keys(this.#block.given)) {
      const found = parseKey(key);
      if (found) yield [found.name, found.t !== null, found.isNew];
    }
    for (const { left, right, ends } of this.#block.equations) {
      for (const tree of [left, right, ...Object.values(ends ?? {})]) {
        for (const [, name, , step, , isNew] of allSymbols(tree)) yield [name, step !== null, isNew];
      }
    }
  }
}

const allSymbols = (tree: Tree): SymbolTree[] => (tree[0] === "symbol" ? [tree] : children(tree).flatMap(allSymbols));

/** The rows of one of several parts of equal size. */
function rowsOf(whole: Ref, place: number, parts: number): Ref {
  const size = whole.size / parts;
  const shape = [whole.shape[0] / parts, ...whole.shape.slice(1)];
  return { start: whole.start + place * size, step: whole.step, shape, size };
}
