// How a learner's points came about, as a sentence.
import type { Tried } from "../api";

const KINDS: [words: string, is: (one: Tried) => boolean][] = [
  ["shown", ({ shown }) => shown],
  ["left out or not solved", ({ points }) => points === 0],
  [
    "with a slip of the pen or too few digits, for half or less",
    ({ verdict }) => verdict === "misprint" || verdict === "coarse",
  ],
  ["after another try or a hint, for half", ({ tries, hinted }) => tries > 1 || hinted],
  ["right from your own numbers", ({ verdict }) => verdict === "follows"],
  ["right at once", () => true],
];

/** What the points are made of. */
export function sentenceOf(all: Tried[]): string {
  if (!all.length) return "No number has been worked out yet.";
  const counts = KINDS.map(() => 0);
  for (const one of all) counts[KINDS.findIndex(([, is]) => is(one))] += 1;
  const made = KINDS.map(([words], k) => (counts[k] ? `${counts[k]} ${words}` : ""))
    .filter(Boolean)
    .reverse();
  const tries = all.reduce((sum, one) => sum + one.tries, 0);
  return `After ${tries} ${tries === 1 ? "try" : "tries"}: ${made.join(", ")}.`;
}
