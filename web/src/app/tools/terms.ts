// The terms that can be cut: of an equation whose right-hand side is a sum, each term in print.
import type { Cut, Piece, Place } from "../../core/api";
import { bind } from "../../core/printing/nodes";
import { pieces } from "../../core/printing/pieces";
import { app } from "../state.svelte";

/** A term of a place's equation. */
export interface Term {
  index: number;
  /** As printed at the place's own step. */
  text: Piece[];
  here: Cut;
  everywhere: Cut;
}

/** The terms of the equation of a place; none where it is no sum. */
export function termsAt(place: Place): Term[] {
  const equation = app.model.equationOf(place);
  if (equation === null || equation.right[0] !== "+") return [];
  const scene = { model: app.model, block: place.block, notation: app.notation };
  const steps = app.model.data.blocks[place.block]?.steps ?? null;
  const cut = (t: number | null, term: number): Cut => ({ block: place.block, equation: equation.id, t, term });
  return equation.right[1].map((term, index) => ({
    index,
    text: pieces(scene, bind(term, place.t, steps)),
    here: cut(place.t, index),
    everywhere: cut(null, index),
  }));
}

/** A cut's term in print, with t in letters where it is cut at every step. */
export function cutText(cut: Cut): Piece[] {
  const equation = app.model.data.blocks[cut.block]?.equations.find(({ id }) => id === cut.equation);
  const term = equation?.right[0] === "+" ? equation.right[1][cut.term] : undefined;
  if (term === undefined) return [];
  const steps = app.model.data.blocks[cut.block]?.steps ?? null;
  return pieces({ model: app.model, block: cut.block, notation: app.notation }, bind(term, cut.t, steps));
}
