// Formulas as LaTeX, with nothing beyond amsmath. As expression/printing/latex.py.
import type { Quantity, SymbolTree } from "../data";
import type { Node } from "../trees";
import type { Scene } from "./pieces";
import { apart, greek, index, type Medium, print } from "./walk";

const OPERATORS = {
  hadamard: "\\odot",
  dot: "\\cdot",
  outer: "\\otimes",
  times: "\\times",
  "+": "+",
  "-": "-",
  "<": "<",
};
const PLAIN: Record<string, string> = { tanh: "\\tanh", sigmoid: "\\sigma", exp: "\\exp", log: "\\log" };

const written = (name: string): string => PLAIN[name] ?? `\\operatorname{${name.replaceAll("_", "\\_")}}`;

function symbol(scene: Scene, [, name, part, step, entry, isNew]: SymbolTree): string {
  const quantity: Quantity | undefined = scene.model.data.blocks[scene.block]?.quantities[name];
  const other = quantity?.notations?.[scene.notation] as
    { latex: string; parts?: Record<string, { latex: string }> } | undefined;
  const named = (part && other?.parts?.[part]?.latex) || "";
  const whole = named || other?.latex || quantity?.latex || generic(name);
  const [, letters = whole, low = ""] = /^(.*?)_\{([^{}]*)\}$/.exec(whole) ?? [];
  const below = [low, named ? "" : part, index(step)].filter(Boolean).join(",");
  const tail = entry ? `[${entry.map((one) => one ?? ":").join(",")}]` : "";
  return letters + (isNew ? "^{\\mathrm{new}}" : "") + (below ? `_{${below}}` : "") + tail;
}

function generic(name: string): string {
  const [letter, word] = greek(name);
  const head = ({ δ: "\\delta ", Δ: "\\Delta ", λ: "\\lambda" } as Record<string, string>)[letter] ?? "";
  return head + (word.length > 1 ? `\\mathit{${word}}` : word);
}

function number(text: string, guard = 0): string {
  const [digits, low, exponent] = apart(text, guard);
  return digits + (low ? `_{${low}}` : "") + (exponent ? ` \\times 10^{${exponent}}` : "");
}

/** A formula as LaTeX. */
export function latexOf(scene: Scene, node: Node): string {
  const medium: Medium<string> = {
    operators: OPERATORS,
    fractions: true,
    number: ([, text, guard]) => number(text, guard),
    symbol: (one) => symbol(scene, one),
    rows: (rows) => `\\begin{bmatrix} ${rows.map((row) => row.join(" & ")).join(" \\\\ ")} \\end{bmatrix}`,
    bracket: (inner) => `\\left( ${inner} \\right)`,
    condition: (inner) => `\\left[ ${inner} \\right]`,
    negative: (inner) => `-${inner}`,
    join: (parts, operators) => parts.map((part, k) => (k ? ` ${operators[k - 1]} ${part}` : part)).join(""),
    call: (name, argument, exponent) =>
      `${written(name)}${exponent === 1 ? "" : `^{${exponent}}`}\\left( ${argument} \\right)`,
    listed: (parts) => parts.join(", "),
    power: (base, exponent) => `{${base}}^{${exponent}}`,
    transpose: (inner) => `{${inner}}^{T}`,
    quotient: (top, bottom) => `\\frac{${top}}{${bottom}}`,
    sigma: (low, high, body) => `\\sum_{t=${index(low)}}^{${index(high)}} ${body}`,
    total: (inner) => `\\sum ${inner}`,
  };
  return print(node, medium);
}
