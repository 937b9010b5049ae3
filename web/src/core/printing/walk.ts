// The walk that all printers share: it decides where brackets and signs go. As expression/printing/walk.py.
import type { Step, SymbolTree } from "../data";
import { NUMBERED } from "../functions";
import type { Node, Of, Operation } from "../trees";

/** What a medium writes in its own way. */
export interface Medium<R> {
  /** By operation, with their blanks; brackets: of a formula, of a condition, of a quotient. */
  words: Record<Operation | "+" | "-" | "<" | "minus" | "," | "total" | "(" | ")" | "[" | "]" | "over", string>;
  /** A quotient has its top above its bottom: what stands before and behind it. */
  fraction?: [before: string, behind: string];
  row(...parts: (R | string)[]): R;
  number(node: Of<"number">): R;
  symbol(node: SymbolTree): R;
  turned(node: SymbolTree): boolean; // whether a quantity's name is that of its transpose
  rows(rows: R[][], node: Of<"rows">): R;
  call(name: string, argument: R, exponent: number): R;
  raised(base: R, exponent: string): R;
  sigma(low: Step, high: Step, body: R): R;
}

// How strongly a node binds: it is bracketed where something stronger is needed.
const SUM = 1;
const PRODUCT = 2;
const FACTOR = 3;
const ATOM = 4;

function beginsWithASign(node: Node): boolean {
  if (node[0] === "product") return beginsWithASign(node[2][0]);
  if (node[0] === "/") return beginsWithASign(node[1]);
  return node[0] === "-" || (node[0] === "number" && node[1].startsWith("-"));
}

/** A node in a medium. */
export function print<R>(node: Node, medium: Medium<R>): R {
  const { words, row } = medium;
  const bracket = (inner: R): R => row(words["("], inner, words[")"]);
  const fence = (shown: R, own: number, strength: number): R => (own < strength ? bracket(shown) : shown);
  const join = (parts: R[], signs: string[]): R =>
    row(...parts.flatMap((part, k) => (k ? [signs[k - 1], part] : part)));

  function called(name: string, argument: Node, exponent: number): R {
    const inner = show(argument, SUM, true);
    const found = NUMBERED.exec(name);
    if (!found) return medium.call(name, inner, exponent);
    const [, kind, of, number] = found;
    const limit = (text: string): R => show(of ? ["call", of, ["number", text]] : ["number", text], SUM, true);
    if (kind === "clip") return medium.call(kind, row(inner, words[","], limit(number)), 1);
    return row(words["["], limit(`-${number}`), words["<"], inner, words["<"], limit(number), words["]"]);
  }

  function raised(base: Node, exponent: number): R {
    if (base[0] === "call" && base[1] !== "sum" && !NUMBERED.test(base[1])) return called(base[1], base[2], exponent);
    const guarded = base[0] === "number" && base[2] && !base[1].startsWith("-"); // 4 of 0.84₄² is no index
    return medium.raised(guarded ? bracket(medium.number(base)) : show(base, ATOM), String(exponent));
  }

  function added(terms: Node[], opens: boolean): R {
    const isMinus = (term: Node): term is Of<"-"> => term[0] === "-";
    const parts = terms.map((term, k) => {
      if (!k) return show(term, isMinus(term) ? SUM : PRODUCT, opens);
      return show(isMinus(term) ? term[1] : term, PRODUCT);
    });
    return join(parts, terms.slice(1).map((term) => words[isMinus(term) ? "-" : "+"]));
  }

  function show(node: Node, strength: number, opens = false): R {
    const bracketed = (): R => bracket(show(node, SUM, true));
    switch (node[0]) {
      case "number":
        return fence(medium.number(node), node[1].startsWith("-") && !opens ? SUM : ATOM, ATOM);
      case "symbol":
        return medium.turned(node) && !node[4] ? medium.raised(medium.symbol(node), "T") : medium.symbol(node);
      case "rows":
        return medium.rows(node[1].map((entries) => entries.map((entry) => show(entry, SUM, true))), node);
      case "call":
        if (node[1] !== "sum") return called(node[1], node[2], 1);
        return fence(row(words.total, show(node[2], FACTOR)), PRODUCT, strength);
      case "^":
        return raised(node[1], node[2]);
      case "T":
        if (node[1][0] === "symbol" && medium.turned(node[1])) return medium.symbol(node[1]);
        return medium.raised(show(node[1], ATOM), "T");
      case "/": {
        if (!opens && !medium.fraction && beginsWithASign(node[1])) return bracketed();
        const [before, behind] = medium.fraction ?? ["", ""];
        const top = show(node[1], medium.fraction ? SUM : FACTOR, true);
        const bottom = medium.fraction ? show(node[2], SUM, true) : show(node[2], ATOM);
        return fence(row(before, top, words.over, bottom, behind), PRODUCT, strength);
      }
      case "product": {
        if (strength > PRODUCT) return bracketed();
        const parts = node[2].map((part, k) => show(part, FACTOR, opens && k === 0));
        return join(parts, parts.map(() => words[node[1]]));
      }
      case "-":
        return strength > SUM || !opens ? bracketed() : row(words.minus, show(node[1], PRODUCT));
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
