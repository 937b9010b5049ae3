// Formulas as LaTeX, with nothing beyond amsmath. As expression/printing/latex.py.
import type { SymbolTree } from "../data";
import type { Node } from "../trees";
import { entryText, named, type Scene } from "./names";
import { apart, index, type Medium, print } from "./walk";

const WORDS: Medium<string>["words"] = {
  hadamard: " \\odot ",
  dot: " \\cdot ",
  outer: " \\otimes ",
  times: " \\times ",
  "+": " + ",
  "-": " - ",
  "<": " < ",
  minus: "-",
  ",": ", ",
  total: "\\sum ",
  "(": "\\left( ",
  ")": " \\right)",
  "[": "\\left[ ",
  "]": " \\right]",
  over: "}{",
};
const PLAIN: Record<string, string> = { tanh: "\\tanh", sigmoid: "\\sigma", exp: "\\exp", log: "\\log" };

const written = (name: string): string => PLAIN[name] ?? `\\operatorname{${name.replaceAll("_", "\\_")}}`;

function symbol(scene: Scene, [, name, part, step, entry, isNew]: SymbolTree): string {
  const { latex, part: gate, turned } = named(scene, name, part);
  const [, letters = latex, low = ""] = /^(.*?)_\{([^{}]*)\}$/.exec(latex) ?? [];
  const below = [low, gate, index(step)].filter(Boolean).join(",");
  return letters + (isNew ? "^{\\mathrm{new}}" : "") + (below ? `_{${below}}` : "") + entryText(entry, turned);
}

function number(text: string, guard = 0): string {
  const [digits, low, exponent] = apart(text, guard);
  return digits + (low ? `_{${low}}` : "") + (exponent ? ` \\times 10^{${exponent}}` : "");
}

/** A formula as LaTeX. */
export function latexOf(scene: Scene, node: Node): string {
  const medium: Medium<string> = {
    words: WORDS,
    fraction: ["\\frac{", "}"],
    row: (...parts) => parts.join(""),
    number: ([, text, guard]) => number(text, guard),
    symbol: (one) => symbol(scene, one),
    turned: ([, name, part]) => named(scene, name, part).turned,
    rows: (rows) => `\\begin{bmatrix} ${rows.map((row) => row.join(" & ")).join(" \\\\ ")} \\end{bmatrix}`,
    call: (name, argument, exponent) =>
      `${written(name)}${exponent === 1 ? "" : `^{${exponent}}`}\\left( ${argument} \\right)`,
    raised: (base, exponent) => `{${base}}^{${exponent}}`,
    sigma: (low, high, body) => `\\sum_{t=${index(low)}}^{${index(high)}} ${body}`,
  };
  return print(node, medium);
}
