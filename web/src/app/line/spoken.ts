// Formulas in words: what a screen reader says in place of signs that it skips or spells.

const WORDS: [RegExp, string | ((digits: string) => string)][] = [
  [/tanh²/g, " tanh squared of "],
  [/²/g, " squared "],
  [/\bσ(?=\()/g, " sigmoid of "],
  [/\btanh(?=\()/g, " tanh of "],
  [/[⊙×·⋅*]/g, " times "],
  [/⊗/g, " outer product with "],
  [/ᵀ/g, " transposed "],
  [/Σ/g, " sum over "],
  [/[−₋]|-(?=\s)/g, " minus "],
  [/\+/g, " plus "],
  [/≈/g, " is about "],
  [/=/g, " equals "],
  [/\//g, " over "],
  [/δ/g, " delta "],
  [/Δ/g, " capital delta "],
  [/λ/g, " lambda "],
  [/[₀-₉]+/g, (digits: string) => ` ${[...digits].map((one) => "₀₁₂₃₄₅₆₇₈₉".indexOf(one)).join("")} `],
  [/[[\]]/g, " "],
];

/** A printed formula as one plain sentence. */
export function spoken(formula: string): string {
  let text = formula.replace(/\n\s*(?==)/g, ", ");
  for (const [sign, word] of WORDS) text = text.replace(sign, word as string);
  return text
    .replace(/_/g, " ")
    .replace(/\s+/g, " ")
    .replace(/ ([,)])/g, "$1")
    .replace(/\( /g, "(")
    .trim();
}
