// A whole sheet marked, as `gatewise mark` marks it: a verdict for each answer, a hint for each misconception.
import type { Verdict } from "../api";
import { Ladder, plainVerdict, POINTS, type Judged } from "./ladder";
import { chosen, isBlank, numberOf, plainId } from "./reading";
import { type Item, type Marked, type SheetData, sheetOf } from "./sheet";

/** A misconception: its name and explanation, and the answers that show it. */
export interface Hint {
  name: string;
  why: string;
  items: string[];
}

/** A marked sheet. */
export interface Marks {
  marked: Marked[];
  hints: Hint[];
  points: number;
  outOf: number;
}

const said = (verdict: Verdict, note = "", mistake = "", hint = note): Judged => ({ verdict, note, hint, mistake });

function choice(item: Item, answer: string): [string, Judged] {
  const option = chosen(answer, item.options);
  const letters = item.options.map(({ letter }) => letter).join(", ");
  if (!option) return [answer, said("unreadable", `The answers to choose from are ${letters}.`)];
  const right = option.letter === item.key;
  return [option.letter, right ? said("right") : said("mistake", option.hint, option.mistake)];
}

function lineNamed(data: SheetData, item: Item, answer: string): Judged {
  const ids = Object.keys(data.lines);
  const id = ids.find((known) => plainId(known) === plainId(answer));
  if (id === undefined) return said("unreadable", "No line has this id; ids look like B2@t=0.");
  if (id === item.key) return said("right");
  return ids.indexOf(id) > ids.indexOf(item.key)
    ? said("wrong", "This line is worked out rightly from what stands before it; the mistake is earlier.")
    : said("wrong", "This line is right; the mistake is later.");
}

function judge(data: SheetData, ladder: Ladder, item: Item, answer: string): [string, Judged] {
  if (isBlank(answer)) return ["", said("missing")];
  if (item.form === "choice") return choice(item, answer);
  if (item.form === "line") return [answer, lineNamed(data, item, answer)];
  const number = numberOf(answer);
  if (number === null) return [answer, said("unreadable", "This is not a number.")];
  return [answer, item.line ? ladder.number(item, number) : plainVerdict(number, [Number(item.key)], item)];
}

function hintsOf(data: SheetData, marked: Marked[]): Hint[] {
  const hints = new Map<string, Hint>();
  for (const { id, note, mistake } of marked) {
    if (!mistake) continue;
    const [name, why, group] = data.mistakes[mistake] ?? ["Rounding.", note, mistake];
    const hint = hints.get(group) ?? { name, why, items: [] };
    hints.set(group, hint);
    hint.items.push(id);
  }
  return [...hints.values()];
}

/** Mark answers, by item id, against a sheet's data. */
export function markSheet(data: SheetData, answers: Record<string, string>): Marks {
  const given = new Map(Object.entries(answers).map(([id, text]) => [plainId(id), String(text)]));
  const ladder = new Ladder(sheetOf(data));
  const marked = data.items.map((item): Marked => {
    const [answer, found] = judge(data, ladder, item, (given.get(plainId(item.id)) ?? "").trim());
    return { id: item.id, answer, ...found, points: POINTS[found.verdict] };
  });
  const final = marked.map((one, k): Marked => {
    const item = data.items[k];
    if (one.verdict !== "misprint" || !ladder.carried.has(item.line)) return one;
    const note = `It should be ${item.key}; what follows goes on with this number.`;
    return { ...one, verdict: "wrong", points: 0, note, hint: "What follows goes on with this number." };
  });
  return {
    marked: final,
    hints: hintsOf(data, final),
    points: final.reduce((total, { points }) => total + points, 0),
    outOf: final.length,
  };
}
