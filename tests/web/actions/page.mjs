// What the actions share of the page to play with: where its parts are, and what stands in them.
import { numbersIn } from "../driver/numbers.mjs";

export const sequence = (it) => it.page.locator("section.sequence");
export const line = (it) => it.page.locator("section.line");
export const panel = (it) => it.page.locator("#tool-panel");
export const button = (it, name, exact = true) => panel(it).getByRole("button", { name, exact });
/** A select in a label that begins with this text: the label's name has its options' text, too. */
export const chooser = (it, name) => panel(it).locator("label", { hasText: new RegExp(`^\\s*${name}`) }).locator("select");
export const hash = (it) => it.page.evaluate(() => decodeURIComponent(location.hash));

/** The names of the document in print, and their keys. */
export const KEYS = {
  "Δout": "delta_out", "Δ": "delta", "δout": "d_out", "δstate": "d_state", "δx": "d_x",
  "δa": "d_a", "δi": "d_i", "δf": "d_f", "δo": "d_o",
};

/** The loss that stands over the sequence. */
export const loss = async (it) => numbersIn(await sequence(it).locator("header .loss .number").innerText())[0];

/** The numbers of the result of the line that is shown. */
export const result = async (it) => {
  const text = await line(it).locator(".result").innerText();
  return numbersIn(text.slice(text.lastIndexOf("=") + 1));
};

/** Every number of the sequence, by key and entry: {"state@1[]": 1.5176}; "?" where it is hidden, NaN where there is none. */
export const numbersOfSequence = (it) =>
  sequence(it).locator("table[role=grid]").evaluate((table, keys) => {
    const heads = [...table.querySelectorAll("thead th")].slice(1);
    const columns = heads.flatMap((head) => {
      const t = Number(/=\s*(−?\d+)/.exec(head.textContent)[1].replace("−", "-"));
      return head.colSpan === 2 ? [[t, false], [t, true]] : [[t, false]];
    });
    const found = {};
    for (const row of table.querySelectorAll("tbody tr")) {
      const name = row.querySelector("th .name").textContent;
      const entry = (row.querySelector("th .entry")?.textContent ?? "").replace(/[[\]\s]/g, "");
      [...row.querySelectorAll("td")].forEach((cell, k) => {
        const text = cell.querySelector(".number")?.textContent;
        if (text === undefined) return;
        const [t, gradient] = columns[k];
        const own = keys[name] ?? name;
        const key = `${gradient && !own.startsWith("delta") ? `d_${own}` : own}@${t}[${entry}]`;
        found[key] = text === "?" ? "?" : text === "–" ? NaN : Number(text.replace("−", "-"));
      });
    }
    return found;
  }, KEYS);

/** What Python has for a key of the sequence. */
export function valueOf(values, key) {
  const [, name, entry] = /^(.*)\[(.*)\]$/.exec(key);
  const value = values[name];
  return entry === "" ? (Array.isArray(value) ? value[0] : value) : entry.split(",").reduce((part, k) => part[Number(k)], value);
}

/** All numbers of the sequence are Python's. */
export async function sequenceIs(it, values, digits = 5) {
  const found = await numbersOfSequence(it);
  const keys = Object.keys(found);
  it.true(`there are numbers in the sequence, ${keys.length}`, keys.length >= 15);
  for (const key of keys) it.rounded(key, found[key], valueOf(values, key), digits);
  return keys;
}

/** The line that is shown has the numbers that Python has for its place. */
export async function lineIs(it, values, digits = 5) {
  const [, key, entry] = /^#\d+:([^[]+)(?:\[(.*)\])?$/.exec(await hash(it)) ?? [];
  let value = values[key];
  if (value === undefined) return false;
  if (entry) value = entry.split(",").reduce((part, k) => part[Number(k)], value);
  const expected = [value].flat(3);
  const found = await result(it);
  it.equal(`how many numbers the line of ${key} has`, found.length, expected.length);
  expected.forEach((one, k) => it.rounded(`the line of ${key}`, found[k], one, digits));
  return true;
}

/** Undo, redo and reset stand under most tools. */
export const undo = (it) => it.press(button(it, "Undo"));
