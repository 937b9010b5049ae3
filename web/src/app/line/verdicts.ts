// The checker's verdicts in words, and which of them blame nobody.
import type { Mark } from "../../core/data";

const MEANINGS: Record<string, string> = {
  exact: "the correctly rounded value",
  carried: "what follows from the numbers printed before it",
  "within-rounding": "as near as rounding on the way allows",
  "follow-through": "rightly worked out from an earlier mistake",
  "wrong-formula": "what another formula gives",
  misprint: "written down wrongly, not worked out wrongly",
  "dropped-entry": "a vector or matrix lacks an entry",
  slip: "off in the last digits",
  contradiction: "one quantity, printed with two values",
  arithmetic: "the two sides of a chain are not the same",
  notation: "the mathematics is clear but is not written as it should be",
  unreadable: "could not be read",
  unexplained: "wrong, and no known mistake gives it",
  missing: "needed, and not there",
  uncheckable: "nothing in the document determines it",
};
const NAMES: Record<string, string> = {
  arithmetic: "two sides that are not the same",
  contradiction: "one quantity, two values",
  uncheckable: "cannot be checked",
};
const SOUND = new Set(["exact", "carried", "within-rounding", "ok", "right"]);
const NEARLY = new Set(["follow-through", "follows", "notation", "uncheckable"]);

/** A verdict as it is read: "wrong formula". */
export const wordOf = (verdict: string): string => NAMES[verdict] ?? verdict.replaceAll("-", " ");

/** What a verdict means, in a few words. */
export const meaningOf = (verdict: string): string => MEANINGS[verdict] ?? "";

/** The colour of a verdict: good, half (not to blame, or not wrong at its own place), bad. */
export const toneOf = (verdict: string): "good" | "half" | "bad" =>
  SOUND.has(verdict) ? "good" : NEARLY.has(verdict) ? "half" : "bad";

/** The sign of a verdict, so that it does not rest on colour alone. */
export const signOf = (verdict: string): string => ({ good: "✓", half: "~", bad: "✗" })[toneOf(verdict)];

/** A verdict's sign and words. */
export const badgeOf = (verdict: string): string => `${signOf(verdict)} ${wordOf(verdict)}`;

/** The mark that weighs most: what is wrong, then what is to be looked at. */
export const worstOf = (marks: Mark[]): Mark | undefined =>
  ["bad", "half", "good"].map((tone) => marks.find(({ verdict }) => toneOf(verdict) === tone)).find(Boolean);
