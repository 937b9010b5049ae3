// What the tests of the core compare with: cases that make.py writes, and how near is equal.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Place } from "../../src/core/api";
import type { PageData } from "../../src/core/data";
import { parseKey } from "../../src/core/keys";
import type { Model } from "../../src/core/model";

export type Numbers = Record<string, (number | null)[]>;
export interface Case {
  name: string;
  data: PageData;
  values: Numbers;
  edits: [string, number[], number][];
  edited: Numbers;
  updates: number;
  losses: number[];
  updated: Numbers;
}

export const CASES = JSON.parse(readFileSync(new URL("../data/models.json", import.meta.url), "utf8")) as {
  engine: Case[];
  hand: { name: string; data: PageData; runs: { digits: number; ties: PageData["ties"]; values: Numbers }[] }[];
  layers: Case[];
  functions: Record<string, [number, number | string | null][]>;
};

/** The place that a key such as 0:d_state@1 names. */
export function at(key: string, entry: number[] | null = null): Place {
  const [block, rest] = key.split(":");
  const found = parseKey(rest);
  if (!found) throw new Error(`${key} is no key`);
  return { block: Number(block), entry, ...found };
}

/** The worked example's data, for tests that change it. */
export function example(): PageData {
  return structuredClone(CASES.engine[0].data);
}

/** How far values are from others, relative to the largest of the quantity over all steps. */
export function farthest(model: Model, wanted: Numbers): { key: string; apart: number; compared: number } {
  const largest = new Map<string, number>();
  const stem = (key: string): string => key.replace(/@.*$/, "");
  for (const [key, values] of Object.entries(wanted)) {
    const most = Math.max(...values.map((value) => Math.abs(value ?? 0)));
    largest.set(stem(key), Math.max(most, largest.get(stem(key)) ?? 0));
  }
  const worst = { key: "", apart: 0, compared: 0 };
  for (const [key, values] of Object.entries(wanted)) {
    if (key.includes("initial:")) continue;
    const found = model.values(at(key));
    expect(found.length, key).toBe(values.length);
    const scale = largest.get(stem(key)) || 1;
    values.forEach((value, k) => {
      const apart = Math.abs(found[k] - (value ?? NaN)) / scale;
      worst.compared += 1;
      if (!(apart <= worst.apart)) Object.assign(worst, { key: `${key}[${k}]: ${found[k]}, not ${value}`, apart });
    });
  }
  return worst;
}
