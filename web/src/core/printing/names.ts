// Names of lines and places: symbols, ids as the worksheet and exercises have them, and the step that a line stands at.
import type { ModelApi, Place } from "../api";
import type { Block, Equation, SymbolTree } from "../data";
import { sizeOf } from "../evaluate";
import { keyOfPlace } from "../keys";
import { entrySymbol, lineOf, partsOf, shapeOf } from "./entries";

/** Whose names are printed: those of a block of a model, in a library's letters. */
export interface Scene {
  model: ModelApi;
  block: number;
  notation: string;
}

/** A quantity's letters; `part` is a gate that they do not have in them, `turned`: they are those of its transpose. */
export interface Named {
  text: string;
  latex: string;
  part: string;
  turned: boolean;
}

/** What a quantity or a gate's rows of it are called. */
export function named({ model, block, notation }: Scene, name: string, part: string): Named {
  const quantity = model.data.blocks[block].quantities[name];
  const other = quantity?.notations?.[notation];
  const own = other?.parts?.[part];
  const { text, latex } = own ?? other ?? quantity ?? generic(name);
  const turned = (own ?? other)?.transposed ?? false;
  const upright = { text: text.replace(/ᵀ$/, ""), latex: latex.replace(/^\{(.*)\}\^\{T\}$/, "$1") };
  return { ...(turned ? upright : { text, latex }), part: own ? "" : part, turned };
}

const GREEK: Record<string, string> = { d: "δ", delta: "Δ" };
const LATEX: Record<string, string> = { d: "\\delta ", delta: "\\Delta " };

/** The name of a quantity that the page's data have no name for, by its ASCII name: d_state is δ, state. */
function generic(name: string): { text: string; latex: string } {
  if (name === "learning_rate") return { text: "λ", latex: "\\lambda" };
  const [, letter = "", word = ""] = /^(?:(d|delta)(?:_|$))?(.*)$/.exec(name) ?? [];
  const low = word.length > 1 ? `\\mathit{${word}}` : word;
  return { text: (GREEK[letter] ?? "") + word, latex: (LATEX[letter] ?? "") + low };
}

/** An entry as it is printed behind a name: [0,1], [:,1]; row and column exchanged of a transposed name. */
export function entryText(entry: SymbolTree[4], turned: boolean): string {
  const [row, column = null] = entry ?? [];
  const own = turned ? [column, row ?? null] : entry;
  return own && entry ? `[${own.map((one) => one ?? ":").join(",")}]` : "";
}

/** The symbol of a place: of an entry of a stacked quantity, by its gate. */
export function symbolOf(block: Block, { name, part, t, entry, isNew }: Place): SymbolTree {
  const symbol: SymbolTree = ["symbol", name, part, t, null, isNew];
  return entry && sizeOf(block.quantities[name]?.shape ?? [0]) !== 1 ? entrySymbol(block, symbol, entry) : symbol;
}

/** The t of an equation at a place: of Δout_{t−1} it is one more than the place's own step. */
export function stepOf(equation: Equation, place: Place): number | null {
  const step = equation.left[3];
  return place.t === null ? null : place.t - (Array.isArray(step) ? step[1] : 0);
}

/** The id of a line: B2@t=0, G1[a,0]; of a given its key. */
export function idOf(model: ModelApi, place: Place): string {
  const block = model.data.blocks[place.block];
  const equation = model.equationOf(lineOf(block, place));
  const t = equation ? stepOf(equation, place) : null;
  const id = equation ? equation.id + (t === null ? "" : `@t=${t}`) : keyOfPlace(place);
  const inside = lettersOf(block, place);
  return inside ? `${id}[${inside}]` : id;
}

/** An entry's place: of a stacked quantity gate, unit if there are several, column likewise. */
export function lettersOf(block: Block, { name, part, entry }: Place): string {
  const alone = part && block.byPart[name];
  const gates = alone ? [] : partsOf(block, name, "");
  if (!entry) return alone ? "" : part;
  const shape = shapeOf(block, name, alone ? part : "");
  if (!gates.length) return shape.every((size) => size === 1) ? "" : entry.join(",");
  const units = shape[0] / gates.length;
  const gate = part || gates[Math.floor(entry[0] / units)];
  const unit = units > 1 ? [entry[0] % units] : [];
  const column = entry.slice(1).filter(() => shape[1] > 1);
  return [gate, ...unit, ...column].join(",");
}

/** The quantity that an entry or a part of one that is put together belongs to: δgates[1] of δi, δU[0,0] of δU_r. */
export function settledPlace(model: ModelApi, place: Place): Place {
  const block = model.data.blocks[place.block];
  const names = block.joined[place.name];
  const alone = block.byPart[place.name];
  if (!names && (!alone || place.part)) return place;
  const count = (names ?? alone).length;
  const units = shapeOf(block, place.name, "")[0] / count;
  const gates = names ? block.gates : alone;
  const k = place.entry ? Math.floor(place.entry[0] / units) : gates.indexOf(place.part);
  if (k < 0) return place;
  const entry = place.entry && !place.part ? [place.entry[0] % units, ...place.entry.slice(1)] : place.entry;
  return names ? { ...place, name: names[k], part: "", entry } : { ...place, part: alone[k], entry };
}
