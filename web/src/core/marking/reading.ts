// A number as a student writes it, as teach/exercises/marking/reading/written_numbers.py reads it:
// = 0,75 and 3/4 and 75 % and 7.5·10⁻¹ are one. And the option that an answer chooses, as choices.py has it.
import type { Option } from "./sheet";

/** A number with the decimals that it is written with. */
export interface Written {
  value: number;
  decimals: number;
}

const LONGEST = 80; // characters of an answer; more is no number
const HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻";
const LOW = "0123456789+-";
const NUMBER = "[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)";
const ABOUT = new RegExp(
  "^(?:ca|circa|about|approx|approximately|roughly|rounded|etwa|rund|ungefähr|gerundet|env|environ|arrondi)" +
    "(?![a-z])\\.?" +
    "|^c\\.(?=\\s*[0-9])|^[~∼]+",
  "i",
);
const REMARK = /\s*\([^()0-9]*\)$|\s+(?:rounded|approx|gerundet|arrondi)\.?$|\s*[✓✔]$/i;
const THOUSANDS = /(?<![0-9.,])[0-9]{1,3}(?: [0-9]{3})+(?![0-9])|[.,](?:[0-9]{3} )+[0-9]{1,3}(?![0-9])/g;
const BLANKS = /[ \t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
const PLAIN = new RegExp(`^(${NUMBER})(?:[eE]([+-]?[0-9]{1,3}))?$`);
const POWER = new RegExp(`^(${NUMBER})[·×x*]10(?:\\^[({]*|(?=[+-]))([+-]?[0-9]{1,3})[)}]*$`);
const TEN = /^([+-]?)10\^[({]*([+-]?[0-9]{1,3})[)}]*$/;
const PERCENT = new RegExp(`^(${NUMBER})%$`);
const RATIO = new RegExp(`^(${NUMBER})/(${NUMBER})$`);

function withPoint(text: string): string {
  if (text.includes(".") || (text.match(/,/g) ?? []).length > 2) return text;
  return text.replace(/(?<=[0-9]),(?=[0-9])|(?<![0-9,]),(?=[0-9])/g, ".");
}

/** LaTeX, powers, full-width digits, dashes and blanks in one way. */
function plainSigns(answer: string): string {
  return answer
    .replace(/\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, "($1/$2)")
    .replace(/\\(?:text|mathrm|mathbf|mathit|boxed)\s*\{([^{}]*)\}/g, "$1")
    .replace(/\\(?:approx|simeq|sim)(?![a-zA-Z])/g, "≈")
    .replace(/\\(?:cdot|times)(?![a-zA-Z])/g, "·")
    .replace(/\\(?:left|right|displaystyle|q?quad)(?![a-zA-Z])|\\[,;:! ()[\]\\]/g, "")
    .replace(/\{,\}/g, ",")
    .replace(/\\%/g, "%")
    .replace(
      /10([⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+)|10\s?\*\*(?=\s?[({]?[+−-]?[0-9])/g,
      (_, power: string = "") => `10^${[...power].map((sign) => LOW[HIGH.indexOf(sign)]).join("")}`,
    )
    .replace(/\p{Cf}/gu, "")
    .replace(/\p{No}/gu, (sign) => ("₀₁₂₃₄₅₆₇₈₉".includes(sign) ? sign : "^")) // ½ and ² are no digits
    .normalize("NFKC")
    .replace(/[−–—\u2010\u2011]/g, "-")
    .replace(/[⋅∙•]/g, "·")
    .replace(/per ?cent|prozent|pour ?cent/gi, "%")
    .replace(BLANKS, " ")
    .trim();
}

function counted(mantissa: string, exponent: number): Written | null {
  const value = Number(`${mantissa}e${exponent}`);
  const places = (mantissa.split(".")[1] ?? "").length;
  if (value === 0 && Number(mantissa) !== 0) return null;
  const within = value === 0 || Math.abs(Math.log10(Math.abs(value))) <= 300;
  return Number.isFinite(value) && within ? { value, decimals: Math.max(places - exponent, 0) } : null;
}

/** The last side of a chain as it is read: without remarks, brackets, and blanks of thousands; null of several. */
function lastSide(answer: string): string | null {
  const sides = plainSigns(answer)
    .split(/[=≈≅≃≐]/)
    .map((side) => side.replace(/^[ \t`$*_]+|[ \t`$*_]+$/g, ""))
    .filter(Boolean);
  const last = sides.pop();
  if (last === undefined || sides.some((side) => /[0-9][$`*)\]]*[,;]\s+[^\s0-9]/.test(side))) return null;
  let text = last
    .replace(ABOUT, "")
    .replace(/^[ `$*_]+|[ `$*_]+$/g, "")
    .replace(REMARK, "")
    .trim()
    .replace(/[ .;,]+$/, "");
  while (text.length > 2 && ["[]", "()", "{}"].includes(text[0] + text.at(-1))) text = text.slice(1, -1).trim();
  return text
    .replace(/^([+-]) ?\(([0-9.,]+\/[0-9.,]+)\)$/, "$1$2")
    .replace(THOUSANDS, (digits) => digits.replaceAll(" ", ""))
    .replace(/^([+-]? ?)0?·([0-9]+)$/, (_, sign, digits) => `${sign}0.${digits}`);
}

/** The number that an answer is; null if it is none, or may be two. */
export function numberOf(answer: string): Written | null {
  if ([...answer].length > LONGEST) return null;
  const side = lastSide(answer);
  if (side === null || /[0-9.,] [0-9.,]/.test(side)) return null;
  const text = withPoint(side.replaceAll(" ", ""));
  let found = PLAIN.exec(text) ?? POWER.exec(text);
  if (found) return counted(found[1], Number(found[2] ?? 0));
  if ((found = TEN.exec(text))) return counted(`${found[1]}1`, Number(found[2]));
  if ((found = PERCENT.exec(text))) return counted(found[1], -2);
  if (!(found = RATIO.exec(text))) return null;
  const value = Number(found[1]) / Number(found[2]);
  return Number.isFinite(value) ? { value, decimals: (String(value).split(".")[1] ?? "").length } : null;
}

/** An id as it is compared: without blanks, marks of Markdown and capitals. */
export const plainId = (text: string): string =>
  text
    .replace(/\s+/g, "")
    .replace(/^[`*]+|[`*]+$/g, "")
    .toLowerCase();

/** Whether an answer is the place for one: nothing, ?, ____ or dots. */
export const isBlank = (answer: string): boolean => /^[_?.…\s]*$/.test(answer);

const plainWords = (text: string): string =>
  text
    .replace(/−/g, "-")
    .toLowerCase()
    .replace(/[^a-z0-9.+-]+/g, " ")
    .replace(/^[ .]+|[ .]+$/g, "");

function says(text: string, option: Option): boolean {
  const [here, there] = [plainWords(text), plainWords(option.text)];
  return here === there || (/[a-z]{3}/.test(there) && here.length >= 3 && there.includes(here));
}

/** Which option an answer chooses: by its letter, its words, or both; null if none, or it may be two. */
export function chosen(answer: string, options: Option[]): Option | null {
  const text = answer.replace(/^[`*()[\]. \t\n]+|[`*()[\]. \t\n]+$/g, "");
  const letter = /^([A-Za-z])(?:[\s:.)=,;]+(?:[-–—]\s+)?([^]*))?$/.exec(text);
  const named =
    letter && options.find((o) => o.letter === letter[1].toUpperCase() && (!letter[2] || says(letter[2], o)));
  if (named) return named;
  const said = options.filter((option) => says(text, option));
  return said.length === 1 ? said[0] : null;
}
