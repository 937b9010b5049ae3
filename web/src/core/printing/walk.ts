// The walk that all printers share: it decides where brackets and signs go. As expression/printing/walk.py.
import type { Step, SymbolTree } from "../data";
import { NUMBERED } from "../functions";
import type { Node, Of } from "../trees";

/** The pieces that a medium writes in its own way. */
export interface Medium<R> {
  operators: Record<string, string>; // by operation, and "+", "-", "<" between terms
  fractions: boolean; // a quotient has its top above its bottom
  number(node: Of<"number">): R;
  symbol(node: SymbolTree): R;
  turned(node: SymbolTree): boolean; // whether a quantity's name is that of its transpose
  rows(rows: R[][], node: Of<"rows">): R;
  bracket(inner: R): R;
  condition(inner: R): R;
  negative(inner: R): R;
  join(parts: R[], operators: string[]): R;
  call(name: string, argument: R, exponent: number): R;
  listed(parts: R[]): R;
  power(base: R, exponent: number): R;
  transpose(inner: R): R;
  quotient(top: R, bottom: R): R;
  sigma(low: Step, high: Step, body: R): R;
  total(inner: R): R;
}

// How strongly a node binds: it is bracketed where something stronger is needed.
const SUM = 1;
const PRODUCT = 2;
const FACTOR = 3;
const ATOM = 4;

function beginsWithASign(node: Node): boolean {
  if (node[0] === "product") return beginsWithASign(node[2][0] as Node);
  if (node[0] === "/") return beginsWithASign(node[1]);
  return node[0] === "-" || (node[0] === "number" && node[1].startsWith("-"));
}

/** A node in a medium. */
export function print<R>(node: Node, medium: Medium<R>): R {
  const fence = (shown: R, own: number, strength: number): R => (own < strength ? medium.bracket(shown) : shown);

  function called(name: string, argument: Node, exponent: number): R {
    const inner = show(argument, SUM, true);
    const found = NUMBERED.exec(name);
    if (!found) return medium.call(name, inner, exponent);
    const [, kind, of, number] = found;
    const limit = (text: string): R => show(of ? ["call", of, ["number", text]] : ["number", text], SUM, true);
    if (kind === "clip") return medium.call(kind, medium.listed([inner, limit(number)]), 1);
    const less = medium.operators["<"] ?? "<";
    return medium.condition(medium.join([limit(`-${number}`), inner, limit(number)], [less, less]));
  }

  function raised(base: Node, exponent: number): R {
    if (base[0] === "call" && base[1] !== "sum" && !NUMBERED.test(base[1])) return called(base[1], base[2], exponent);
    if (base[0] === "number" && base[2] && !base[1].startsWith("-"))
      return medium.power(medium.bracket(medium.number(base)), exponent); // 4 of 0.84₄² is no index
    return medium.power(show(base, ATOM), exponent);
  }

  function added(terms: Node[], opens: boolean): R {
    const [first, ...rest] = terms as [Node, ...Node[]];
    const signs = rest.map((term) => medium.operators[term[0] === "-" ? "-" : "+"] ?? "");
    const parts = rest.map((term) => show(term[0] === "-" ? term[1] : term, PRODUCT));
    return medium.join([show(first, first[0] === "-" ? SUM : PRODUCT, opens), ...parts], signs);
  }

  function show(node: Node, strength: number, opens = false): R {
    const bracketed = (): R => medium.bracket(show(node, SUM, true));
    switch (node[0]) {
      case "number":
        return node[1].startsWith("-") && !opens ? medium.bracket(medium.number(node)) : medium.number(node);
      case "symbol":
        return medium.turned(node) && !node[4] ? medium.transpose(medium.symbol(node)) : medium.symbol(node);
      case "rows":
        return medium.rows(
          node[1].map((row) => row.map((entry) => show(entry, SUM, true))),
          node,
        );
      case "call":
        if (node[1] !== "sum") return called(node[1], node[2], 1);
        return fence(medium.total(show(node[2], FACTOR)), PRODUCT, strength);
      case "^":
        return raised(node[1], node[2]);
      case "T":
        if (node[1][0] === "symbol" && medium.turned(node[1])) return medium.symbol(node[1]);
        return medium.transpose(show(node[1], ATOM));
      case "/": {
        if (!opens && !medium.fractions && beginsWithASign(node[1])) return bracketed();
        const parts = medium.fractions
          ? ([show(node[1], SUM, true), show(node[2], SUM, true)] as const)
          : ([show(node[1], FACTOR, true), show(node[2], ATOM)] as const);
        return fence(medium.quotient(...parts), PRODUCT, strength);
      }
      case "product": {
        if (strength > PRODUCT) return bracketed();
        const sign = medium.operators[node[1]] ?? "";
        const parts = node[2].map((part, k) => show(part, FACTOR, opens && k === 0));
        return medium.join(
          parts,
          parts.slice(1).map(() => sign),
        );
      }
      case "-":
        return strength > SUM || !opens ? bracketed() : medium.negative(show(node[1], PRODUCT));
      case "+":
        return strength > SUM ? bracketed() : added(node[1], opens);
      case "sum":
        return fence(medium.sigma(node[1], node[2], show(node[3], PRODUCT)), PRODUCT, strength);
    }
  }

  return show(node, SUM, true);
}

/** A time index in plain letters: t, t-1, T-1, 3. */
export function index(step: Step): string {
  if (step === null) return "";
  if (typeof step === "number") return String(step);
  const [letter, offset] = step;
  return offset ? `${letter}${offset > 0 ? "+" : ""}${offset}` : letter;
}

/** Digits, guard digits and the power of ten of a number, "" where there is none. */
export function apart(text: string, guard = 0): [digits: string, guard: string, exponent: string] {
  const [digits = "", exponent = ""] = text.split("e");
  const cut = digits.length - guard;
  return /^-?[0-9]/.test(text) ? [digits.slice(0, cut), digits.slice(cut), exponent] : [text, "", ""];
}
