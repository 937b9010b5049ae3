// The terms that can be cut out of an equation, each in print.
import type { Cut, Piece, Place } from "../../core/api";
import type { Equation, Tree } from "../../core/data";
import { bind, cuttable } from "../../core/trees";
import { stepOf } from "../../core/printing/names";
import { pieces } from "../../core/printing/pieces";
import { app } from "../state.svelte";

/** A term of a place's equation. */
export interface Term {
  index: number;
  text: Piece[];
  here: Cut;
  everywhere: Cut;
}

const print = (block: number, term: Tree, t: number | null): Piece[] =>
  pieces(
    { model: app.model, block, notation: app.notation },
    bind(term, t, app.model.data.blocks[block]?.steps ?? null),
  );

/** The terms in the letters of the equation: δstate₂ ⊙ f₂ past the end, where it has as many terms as there. */
function printable(equation: Equation, t: number | null): Tree[] {
  const own = cuttable(equation.right);
  const there = (t !== null && equation.ends?.[t]) || equation.right;
  return cuttable(there).length === own.length ? own : cuttable(there);
}

/** The terms of the equation of a place, as they are printed at its step. */
export function termsAt(place: Place): Term[] {
  const equation = app.model.equationOf(place);
  if (equation === null) return [];
  const t = stepOf(equation, place);
  const cut = (at: number | null, term: number): Cut => ({ block: place.block, equation: equation.id, t: at, term });
  return printable(equation, t).map((term, index) => ({
    index,
    text: print(place.block, term, t),
    here: cut(t, index),
    everywhere: cut(null, index),
  }));
}

/** A cut's term in print, with t in letters where it is cut at every step. */
export function cutText(cut: Cut): Piece[] {
  const equation = app.model.data.blocks[cut.block]?.equations.find(({ id }) => id === cut.equation);
  const term = equation && printable(equation, cut.t)[cut.term];
  return term === undefined ? [] : print(cut.block, term, cut.t);
}
