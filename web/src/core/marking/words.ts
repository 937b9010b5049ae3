// Verdicts in words, as every page says them.
import type { Verdict } from "../api";

export const WORDS: Record<Verdict, string> = {
  right: "Right.",
  follows: "Right from your numbers.",
  mistake: "Not right.",
  misprint: "Nearly.",
  coarse: "Nearly.",
  wrong: "Not right.",
  unreadable: "Not read.",
  missing: "No answer yet.",
};
