// Formulas as pieces, every quantity and number with the place that it stands for; and as plain text on one line.
import type { Piece, Place, Span } from "../api";
import type { SymbolTree } from "../data";
import type { Node } from "../trees";
import { entryText, named, type Scene } from "./names";
import { apart, index, type Medium, print } from "./walk";

const LOW = "₀₁₂₃₄₅₆₇₈₉";
const HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const WORDS: Medium<Piece[]>["words"] = {
  hadamard: " ⊙ ",
  dot: " · ",
  outer: " ⊗ ",
  times: " × ",
  "+": " + ",
  "-": " − ",
  "<": " < ",
  minus: "−",
  ",": ", ",
  total: "Σ ",
  "(": "(",
  ")": ")",
  "[": "[",
  "]": "]",
  over: " / ",
};
const WRITTEN: Record<string, string> = { sigmoid: "σ", sqrt: "√" };

const subscript = (text: string): string =>
  text.replace(/[0-9+\-t]/g, (sign) => ({ "+": "₊", "-": "₋", t: "ₜ" })[sign] ?? LOW[Number(sign)] ?? sign);
const superscript = (text: string): string =>
  text.replace(/[0-9+\-tT]/g, (sign) => ({ "+": "⁺", "-": "⁻", t: "ᵗ", T: "ᵀ" })[sign] ?? HIGH[Number(sign)] ?? sign);

/** The place that a symbol of a bound formula stands for, where the model has it. */
export function placeOf(scene: Scene, [, name, part, step, entry, isNew]: SymbolTree): Place | undefined {
  if (Array.isArray(step)) return undefined;
  const whole = entry?.some((index) => index === null);
  const place: Place = {
    block: scene.block,
    name,
    part,
    t: step,
    entry: whole ? null : (entry as number[] | null),
    isNew,
  };
  if (scene.model.exists(place)) return place;
  const past = step === scene.model.data.blocks[scene.block]?.steps;
  const stands = [
    { ...place, name: "carried" },
    { ...place, name: `carried_${name.replace(/^d_/, "")}` },
  ];
  return past ? stands.find((one) => scene.model.exists({ ...one, entry: null })) : undefined;
}

function symbolSpan(scene: Scene, node: SymbolTree): Span {
  const [, name, part, step, entry, isNew] = node;
  const { text, part: gate, turned } = named(scene, name, part);
  const [letters, ...lows] = text.split("_");
  const low = [lows.join("_"), gate].filter(Boolean).join(",");
  const at = index(step);
  const tail = entryText(entry, turned);
  const sub = [low, at].filter(Boolean).join(",");
  const plain = letters + (isNew ? "ⁿᵉʷ" : "") + (low ? `_${low}` : "") + subscript(at) + tail;
  const place = placeOf(scene, node);
  return {
    text: letters,
    ...(isNew && { sup: "new" }),
    ...(sub && { sub }),
    ...(tail && { tail }),
    ...(plain !== letters && { plain }),
    ...(place && { place }),
    kind: "operand",
  };
}

/** A number as a piece: guard digits low, a real minus. */
export function numberSpan(number: string, guard = 0, place?: Place): Span {
  const [text, sub, exponent] = apart(number, guard).map((part) => part.replaceAll("-", "−"));
  const tail = exponent && `e${exponent}`;
  const low = sub && { sub, ...(tail && { tail }), plain: text + subscript(sub) + tail };
  return { text: sub ? text : text + tail, ...low, ...(place && { place }), kind: "number" };
}

const plain = (text: string, more: Partial<Span> = {}): Span => ({ text, ...more, kind: "plain" });

/** A formula in pieces. */
export function pieces(scene: Scene, node: Node): Piece[] {
  const medium: Medium<Piece[]> = {
    words: WORDS,
    row: (...parts) => parts.flatMap((part) => (typeof part === "string" ? (part ? [plain(part)] : []) : part)),
    number: ([, text, guard, place]) => [numberSpan(text, guard, place)],
    symbol: (symbol) => [symbolSpan(scene, symbol)],
    turned: ([, name, part]) => named(scene, name, part).turned,
    rows: (rows, [, , place]) => [{ rows, ...(place && { place }) }],
    call: (name, argument, exponent) => {
      const letters = WRITTEN[name] ?? name;
      const sup = String(exponent);
      const raised = exponent !== 1 && { sup, plain: letters + superscript(sup) };
      return [plain(letters, raised || {}), plain("("), ...argument, plain(")")];
    },
    raised: (base, sup) => [...base, plain("", { sup, plain: superscript(sup) })],
    sigma: (low, high, body) => {
      const [from, to] = [index(low), index(high)];
      const text = `Σₜ₌${subscript(from)}${superscript(to)}`;
      return [plain("Σ", { sub: `t=${from}`, sup: to, plain: text }), plain(" "), ...body];
    },
  };
  return print(node, medium);
}

/** Pieces as plain text on one line; matrices as [1 2; 3 4]. */
export const textOf = (parts: Piece[]): string =>
  parts.map((part) => ("rows" in part ? matrix(part.rows) : spanText(part))).join("");

const matrix = (rows: Piece[][][]): string => `[${rows.map((row) => row.map(textOf).join(" ")).join("; ")}]`;
const spanText = (span: Span): string => span.plain ?? span.text;
