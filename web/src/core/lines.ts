// Worked lines: formula, numbers put in, result and why, in pieces that know their places; as text and as LaTeX.
// The digits are the worksheet's (printing/), so a line reads as `gatewise work` prints it.
import type { LineOptions, LinesApi, ModelApi, Piece, Place, WorkedLine } from "./api";
import type { SymbolTree } from "./data";
import { answersOf } from "./marking/answers";
import { Digits } from "./printing/digits";
import { lineOf } from "./printing/entries";
import { fromHash, toHash } from "./printing/hash";
import { latexOf } from "./printing/latex";
import { idOf, type Scene, settledPlace, stepOf, symbolOf } from "./printing/names";
import { bind, type Node } from "./trees";
import { numberText } from "./numbers";
import { pieces, textOf } from "./printing/pieces";
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

/** The formula to print: the equation's own letters where nothing is held or cut, with δstate₂ ⊙ f₂ past the end. */
function printed(digits: Digits, place: Place): Node | null {
  const { model } = digits.scene;
  const { block } = digits;
  const whole = lineOf(block, place);
  const equation = model.equationOf(whole);
  const closed = model.formula(whole);
  if (!closed) return handed(digits, whole);
  if (!equation) return digits.picked(closed, place);
  const t = stepOf(equation, place);
  const bound = bind(equation.right, t, block.steps);
  const expected = (t === null ? undefined : equation.ends?.[t]) ?? bound;
  const untouched = JSON.stringify(bind(expected, t, block.steps)) === JSON.stringify(closed);
  return digits.picked(untouched ? bound : closed, place);
}

/** What a quantity is put together of, or handed on from: δgates of its gates, x of the layer below. */
function handed(digits: Digits, place: Place): Node | null {
  const { block } = digits;
  const names = block.joined[place.name] ?? [];
  if (names.length) return ["rows", names.map((name): Node[] => [["symbol", name, "", place.t, null, place.isNew]])];
  const parts = place.part ? [] : (block.byPart[place.name] ?? []);
  if (parts.length)
    return ["rows", parts.map((part): Node[] => [["symbol", place.name, part, place.t, null, place.isNew]])];
  return null;
}

function sidesOf(digits: Digits, place: Place, short = false): Sides {
  const { block } = digits;
  const left = symbolOf(block, place);
  const size = digits.size(place);
  const shape = digits.shape(place).join(" × ");
  const result: Node | string = size > MOST_SHOWN ? `${shape} numbers` : digits.array(left, 0, true);
  const formula = printed(digits, place);
  const closed = digits.formula(place);
  if (!formula || !closed || short) return { left, formula, substituted: null, result, tooLong: false };
  if (tooLong(digits, closed, place)) return { left, formula, substituted: null, result, tooLong: true };
  const side = Array.from(digits.scene.model.values(place)).some(Number.isNaN)
    ? substituted(digits, closed)
    : settled(digits, closed, place, digits.styles(place))[0];
  return { left, formula, substituted: side, result, tooLong: false };
}

/** A line with its pieces. */
function line(model: ModelApi, asked: Place, options: LineOptions): WorkedLine {
  const place = settledPlace(model, asked);
  const digits = digitsOf(model, place.block, options);
  const sides = sidesOf(digits, place, options.short);
  const shownIn = (node: Node | null): Piece[] => (node ? pieces(digits.scene, node) : []);
  const below = sides.formula ? null : comesFrom(model, place);
  return {
    id: idOf(model, place),
    place,
    left: shownIn(sides.left),
    formula: below
      ? pieces({ ...digits.scene, block: below.block }, symbolOf(model.data.blocks[below.block], below))
      : shownIn(sides.formula),
    substituted: shownIn(sides.substituted),
    result: typeof sides.result === "string" ? [{ text: sides.result, kind: "plain" }] : shownIn(sides.result),
    tooLong: sides.tooLong,
    why: model.equationOf(lineOf(digits.block, place))?.why ?? "",
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
  const [left, ...right] = all.map((side) =>
    typeof side === "string" ? `\\text{${side}}` : latexOf(digits.scene, side),
  );
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
  key: (learner) => learner.key(),
  toHash,
  fromHash,
};
