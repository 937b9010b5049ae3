// What may be changed, as tables: parameters by row and column, what has a step by step and entry.
import { listOf } from "../../core/lists";
import type { Place } from "../../core/api";
import type { Block } from "../../core/data";
import { entriesOf, placeOf } from "../places";
import { nameIn } from "../sequence/quantities";
import { app } from "../state.svelte";

/** What a select offers. */
export type Option = [value: string | number, text: string];

/** The steps of a sequence to choose from. */
export const stepsOf = (count: number, text: (t: number) => string = String): Option[] =>
  listOf(count, (_, t) => [t, text(t)]);

/** What a quantity of a block is called in the names that the page uses now. */
export function calledIn({ quantities }: Block, name: string): string {
  const own = quantities[name];
  return own ? nameIn(own, app.notation) : name;
}

/** Quantities of a block to choose from. */
export const namesOf = (block: Block, names: string[]): Option[] =>
  names.map((name) => [name, `${calledIn(block, name)}: ${block.quantities[name]?.words ?? ""}`]);

/** A table of numbers that may be changed. */
export interface Group {
  id: string;
  label: string;
  rows: string[];
  columns: string[];
  at: (row: number, column: number) => Place;
}

/** The tables of all blocks, in the order in which the page has them. */
export function groupsOf(): Group[] {
  const { blocks } = app.model.data;
  return blocks.flatMap((block, index) => {
    const steps = new Map<string, (number | null)[]>();
    for (const key of Object.keys(block.given)) {
      const [name = "", step] = key.split("@");
      const t = step === undefined ? null : Number(step);
      if (app.model.canSet(placeOf(index, name, t))) steps.set(name, [...(steps.get(name) ?? []), t]);
    }
    return [...steps].map(([name, ts]) => group(block, index, name, ts, blocks.length > 1 ? `${block.name}: ` : ""));
  });
}

function group(of: Block, block: number, name: string, steps: (number | null)[], prefix: string): Group {
  const { parts = [], words = name } = of.quantities[name] ?? {};
  const first = placeOf(block, name, steps[0] ?? null);
  const shape = app.model.shape(first);
  const initial = steps.every((t) => t !== null && t < 0) ? ", at the start" : "";
  const label = prefix + [...new Set([calledIn(of, name), words])].join(", ") + initial;
  const id = `${block}:${name}`;
  if (steps[0] !== null) {
    const times = steps as number[];
    const entries = entriesOf(shape);
    return {
      id,
      label,
      rows: times.map((t) => `t = ${t}`.replace("-", "−")),
      columns: entries.map((entry) => entry.join(", ")),
      at: (row, column) => placeOf(block, name, times[row] ?? 0, entries[column] ?? []),
    };
  }
  const [height = 1, width = 1] = shape;
  const perPart = parts.length > 0 ? height / parts.length : 0;
  const row = (k: number): string =>
    parts.length === 0
      ? String(k)
      : calledIn(of, parts[Math.floor(k / perPart)] ?? "") + (perPart > 1 ? ` ${k % perPart}` : "");
  return {
    id,
    label,
    rows: shape.length > 0 ? listOf(height, (_, k) => row(k)) : [""],
    columns: shape.length > 1 ? listOf(width, (_, k) => String(k)) : [""],
    at: (k, column) => placeOf(block, name, null, shape.length === 0 ? [] : shape.length === 1 ? [k] : [k, column]),
  };
}
