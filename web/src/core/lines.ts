// Worked lines: formula, numbers put in, result and why, in pieces that know their places; as text and as LaTeX.
// The digits are the worksheet's (printing/), so a line reads as `gatewise work` prints it.
import type { LineOptions, LinesApi, ModelApi, Piece, Place, WorkedLine } from "./api";
import type { Block, Equation, SymbolTree } from "./data";
import { keyOfPlace } from "./keys";
import { answersOf } from "./marking/answers";
import { Digits } from "./printing/digits";
import { entrySymbol, partsOf, shapeOf } from "./printing/entries";
import { fromHash, toHash } from "./printing/hash";
import { latexOf } from "./printing/latex";
import { alike, bind, type Node } from "./printing/nodes";
import { numberText } from "./printing/numbers";
import { pieces, type Scene, textOf } from "./printing/pieces";
import { settled, substituted, tooLong } from "./printing/substitution";
import { tomlOf } from "./printing/toml";

const MOST_SHOWN = 600; // numbers of a result; beyond them its shape is said

interface Sides {
  left: SymbolTree;
  formula: Node | null;
  substituted: Node | null;
  result: Node | string;
  tooLong: boolean;
}

/** Digits already chosen, by model: they hold for one version of it. */
const known = new WeakMap<ModelApi, { version: number; digits: Map<string, Digits> }>();

function digitsOf(model: ModelApi, block: number, { digits, notation }: LineOptions): Digits {
  let kept = known.get(model);
  if (kept?.version !== model.version) known.set(model, (kept = { version: model.version, digits: new Map() }));
  const key = `${block} ${digits} ${notation}`;
  const found = kept.digits.get(key) ?? new Digits({ model, block, notation }, digits);
  kept.digits.set(key, found);
  return found;
}

/** The symbol of a place: of an entry of a stacked quantity, by its gate. */
function symbolOf(block: Block, { name, part, t, entry, isNew }: Place): SymbolTree {
  const symbol: SymbolTree = ["symbol", name, part, t, null, isNew];
  const numbers = block.quantities[name]?.shape.reduce((a, b) => a * b, 1);
  return entry && numbers !== 1 ? entrySymbol(block, symbol, entry) : symbol;
}

/** The step that an equation is bound to where its left side is at the place's. */
function stepOf(equation: Equation, place: Place): number | null {
  const step = equation.left[3];
  return place.t === null ? null : place.t - (Array.isArray(step) ? step[1] : 0);
}

/** The formula to print: the equation's own letters where nothing is held or cut, with δstate₂ ⊙ f₂ past the end. */
function printed(digits: Digits, place: Place): Node | null {
  const { model } = digits.scene;
  const { block } = digits;
  const own = !place.part || block.byPart[place.name] !== undefined;
  const whole = { ...place, part: own ? place.part : "", entry: null };
  const equation = model.equationOf(whole);
  const closed = model.formula(whole);
  if (!closed) return handed(digits, whole);
  if (!equation) return digits.picked(closed, place);
  const t = stepOf(equation, place);
  const bound = bind(equation.right, t, block.steps);
  const expected = (t === null ? undefined : equation.ends?.[t]) ?? bound;
  return digits.picked(alike(bind(expected, t, block.steps), closed) ? bound : closed, place);
}

/** What a quantity is put together of, or handed on from: δgates of its gates, x of the layer below. */
function handed(digits: Digits, place: Place): Node | null {
  const { block } = digits;
  const names = block.joined[place.name] ?? [];
  if (names.length) return ["rows", names.map((name): Node[] => [["symbol", name, "", place.t, null, place.isNew]])];
  const parts = place.part ? [] : (block.byPart[place.name] ?? []);
  if (parts.length) return ["rows", parts.map((part): Node[] => [["symbol", place.name, part, place.t, null, place.isNew]])];
  return null;
}

function sidesOf(digits: Digits, place: Place): Sides {
  const { block } = digits;
  const left = symbolOf(block, place);
  const size = digits.size(place);
  const shape = digits.shape(place).join(" × ");
  const result: Node | string = size > MOST_SHOWN ? `${shape} numbers` : digits.array(left, 0, true);
  const formula = printed(digits, place);
  const closed = digits.formula(place);
  if (!formula || !closed) return { left, formula, substituted: null, result, tooLong: false };
  if (tooLong(digits, closed, place)) return { left, formula, substituted: null, result, tooLong: true };
  const side = Array.from(digits.scene.model.values(place)).some(Number.isNaN)
    ? substituted(digits, closed)
    : settled(digits, closed, place, digits.styles(place))[0];
  return { left, formula, substituted: side, result, tooLong: false };
}

/** The id of a line: B2@t=0, G1[a,0]; of a given its key. */
export function idOf(model: ModelApi, place: Place): string {
  const block = model.data.blocks[place.block];
  const own = !place.part || block.byPart[place.name] !== undefined;
  const equation = model.equationOf({ ...place, part: own ? place.part : "", entry: null });
  const t = equation ? stepOf(equation, place) : null;
  const id = equation ? equation.id + (t === null ? "" : `@t=${t}`) : keyOfPlace(place);
  const inside = lettersOf(block, place);
  return inside ? `${id}[${inside}]` : id;
}

/** An entry's place: of a stacked quantity gate, unit if there are several, column likewise. */
function lettersOf(block: Block, { name, part, entry }: Place): string {
  const alone = part !== "" && block.byPart[name] !== undefined;
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
function settledPlace(model: ModelApi, place: Place): Place {
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

/** A line with its pieces. */
function line(model: ModelApi, asked: Place, options: LineOptions): WorkedLine {
  const place = settledPlace(model, asked);
  const digits = digitsOf(model, place.block, options);
  const sides = sidesOf(digits, place);
  const shownIn = (node: Node | null): Piece[] => (node ? pieces(digits.scene, node) : []);
  const below = sides.formula ? null : comesFrom(model, place);
  return {
    id: idOf(model, place),
    place,
    left: shownIn(sides.left),
    formula: below ? pieces({ ...digits.scene, block: below.block }, symbolOf(model.data.blocks[below.block], below)) : shownIn(sides.formula),
    substituted: shownIn(sides.substituted),
    result: typeof sides.result === "string" ? [{ text: sides.result, kind: "plain" }] : shownIn(sides.result),
    tooLong: sides.tooLong,
    why: model.equationOf({ ...place, part: "", entry: null })?.why ?? model.equationOf({ ...place, entry: null })?.why ?? "",
  };
}

/** The quantity of another block that a linked one is: x of an upper layer is out of the one below. */
function comesFrom(model: ModelApi, place: Place): Place | null {
  if (model.isGiven(place)) return null;
  return model.operands(place).find((one) => one.block !== place.block) ?? null;
}

/** A line as plain text, as the worksheet's JSON and messages have it: left = formula = numbers put in = result. */
function text(worked: WorkedLine): string {
  return [worked.left, worked.formula, worked.substituted, worked.result]
    .filter((side) => side.length)
    .map(textOf)
    .join(" = ");
}

function latex(model: ModelApi, asked: Place, options: LineOptions): string {
  const place = settledPlace(model, asked);
  const digits = digitsOf(model, place.block, options);
  const sides = sidesOf(digits, place);
  const all = [sides.left, sides.formula, sides.substituted, sides.result].filter((side) => side !== null);
  const [left, ...right] = all.map((side) => (typeof side === "string" ? `\\text{${side}}` : latexOf(digits.scene, side)));
  return [left, ...right.map((side) => `= ${side}`)].join(" ");
}

function name(model: ModelApi, place: Place, notation: string): Piece[] {
  const scene: Scene = { model, block: place.block, notation };
  return pieces(scene, symbolOf(model.data.blocks[place.block], place));
}

/** Lines, names, numbers and files of a model. */
export const lines: LinesApi = {
  line,
  text,
  latex,
  name,
  plainName: (model, place, notation) => textOf(name(model, place, notation)),
  number: (value, digits) => numberText(value, digits),
  toml: tomlOf,
  answers: answersOf,
  toHash,
  fromHash,
};
