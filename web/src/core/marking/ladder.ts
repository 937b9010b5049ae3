// The ladder for an answer, worked line by line on the student's own numbers, as marking/ladder.py has it:
// right; what follows from the student's own earlier numbers; what a known mistake gives; the right value with
// too few digits, or a misprint of it; wrong.
import type { Verdict } from "../api";
import type { Tree } from "../data";
import { evaluate, flat, type Read, type Value } from "../evaluate";
import { misprintOf } from "./misprints";
import type { Written } from "./reading";
import { entryAt, type Item, type MarkedLine, shaped, type Sheet, withEntry } from "./sheet";

/** What an answer is worth. */
export const POINTS: Record<Verdict, number> = {
  right: 1,
  follows: 1,
  mistake: 0,
  misprint: 0.5,
  coarse: 0.5,
  wrong: 0,
  unreadable: 0,
  missing: 0,
};
// In units of the last digit: two people who round honestly differ by one; a mistake differs by three or more.
const NEAR = 1.001;
const APART = 2.999;
const SHORT = 100; // units: an answer with at most two digits fewer than are asked for earns half
const SAME = 1e-12;
const TRIED = 3; // slips that one line may have carried on, tried in every combination

/** A verdict, what is said of it, the same without the solution, and the mistake. */
export interface Judged {
  verdict: Verdict;
  note: string;
  hint: string;
  mistake: string;
}

const judged = (verdict: Verdict, note = "", hint = note, mistake = ""): Judged => ({ verdict, note, hint, mistake });
const stepOf = ({ decimals }: Written): number => 10 ** -decimals;
const isNear = (value: number, others: number[], unit: number): boolean =>
  others.some((other) => Math.abs(value - other) <= NEAR * unit);
const isRounded = (number: Written, right: number[]): boolean =>
  number.value !== 0 && right.some((one) => Math.abs(number.value - one) <= 0.5001 * stepOf(number));
const isTrivial = (value: number, key: number): boolean =>
  [0, 1].includes(Math.abs(value)) && ![0, 1].includes(Math.abs(key));

/** The end of the ladder: right, too few digits, a misprint, or wrong. */
export function plainVerdict(number: Written, right: number[], item: Item): Judged {
  const unit = item.unit ?? 1;
  if (isNear(number.value, right, unit)) return judged("right");
  if (unit * NEAR < stepOf(number) && stepOf(number) <= SHORT * unit * NEAR && isRounded(number, right))
    return judged("coarse", `Right, but with too few digits: ${item.key}.`, "Right, but with too few digits.");
  const shape = misprintOf(number.value, item.key);
  if (shape)
    return judged(
      "misprint",
      `This looks like ${item.key}, written down wrongly: ${shape}.`,
      `A slip of the pen: ${shape}.`,
    );
  return judged("wrong", `It should be ${item.key}.`, "");
}

/** What a formula is worth in the shape of another value; null where it cannot be worked out. */
function worth(tree: Tree, read: Read, like: Value): Value | null {
  try {
    return shaped(evaluate(tree, read), like);
  } catch {
    return null; // a mistake's formula may not fit
  }
}

/** What a student has written so far, and how it goes on. */
export class Ladder {
  own = new Map<string, Value>();
  /** Lines of which the student has another value, and those that use them. */
  off = new Set<string>();
  /** What looks like a slip of the pen, or has too few digits: later lines say whether it was carried on. */
  slips = new Map<string, [place: number[], value: number][]>();
  carried = new Set<string>();

  constructor(readonly sheet: Sheet) {}

  /** A ladder that stands where this one does. */
  copy(): Ladder {
    const other = new Ladder(this.sheet);
    other.own = new Map(this.own);
    other.off = new Set(this.off);
    other.slips = new Map([...this.slips].map(([id, all]) => [id, [...all]]));
    other.carried = new Set(this.carried);
    return other;
  }

  /** Judge a number of a line, and go on with it where it is the line's own entry. */
  number(item: Item, number: Written): Judged {
    const found = this.#judged(item, number);
    if (item.entry === undefined || item.id === item.entry) this.#keep(item, number.value, found.verdict);
    return found;
  }

  #worked(id: string): Value | null {
    const line = this.sheet.line(id);
    const value = worth(line.tree, this.sheet.read(id, this.own), line.value);
    return value !== null && flat(value).every(Number.isFinite) ? value : null;
  }

  #judged(item: Item, number: Written): Judged {
    const line = this.sheet.line(item.line);
    const { value } = number;
    const unit = item.unit ?? 1;
    const right = [Number(item.key), entryAt(line.full, item.place)];
    if (isNear(value, right, unit)) return judged("right");
    const follows = judged(
      "follows",
      `This follows from your numbers; it should be ${item.key}.`,
      "This follows from your numbers.",
    );
    const worked = this.#worked(item.line);
    const own = worked === null ? NaN : entryAt(worked, item.place);
    if (isNear(value, [own], unit) && !isTrivial(own, Number(item.key)))
      return line.uses.some((used) => this.off.has(used)) ? follows : judged("right");
    if (this.#carriesSlips(item, line, value, unit)) return follows;
    if (stepOf(number) > SHORT * unit * NEAR && isRounded(number, right))
      return judged("wrong", `Far too few digits: it should be ${item.key}.`, "Far too few digits.");
    const mistake = this.#mistaken(item, line, value, unit);
    if (mistake) return judged("mistake", this.sheet.mistake(mistake).slice(0, 2).join(" "), undefined, mistake);
    return plainVerdict(number, right, item);
  }

  /** Whether the line goes on with slips of lines before it as they are written; they are the student's then. */
  #carriesSlips(item: Item, line: MarkedLine, value: number, unit: number): boolean {
    const used = line.uses.filter((id) => this.slips.has(id)).slice(-TRIED);
    const before = this.own;
    for (let count = used.length; count > 0; count--) {
      for (const ids of subsets(used, count)) {
        this.own = new Map(before);
        for (const id of ids) this.#enter(id, this.slips.get(id) ?? []);
        const worked = this.#worked(item.line);
        const found = worked === null ? NaN : entryAt(worked, item.place);
        if (!isNear(value, [found], unit) || isTrivial(found, entryAt(line.value, item.place))) continue;
        for (const id of ids) {
          this.off.add(id);
          this.carried.add(id);
          this.slips.delete(id);
        }
        return true;
      }
    }
    this.own = before;
    return false;
  }

  #enter(id: string, numbers: [place: number[], value: number][]): void {
    const line = this.sheet.line(id);
    for (const [place, value] of numbers)
      this.own.set(line.left, withEntry(this.own.get(line.left) ?? line.value, place, value));
  }

  /** The known mistake that gives this number, on the student's own numbers or on the key's; "" if none. */
  #mistaken(item: Item, line: MarkedLine, value: number, unit: number): string {
    const right = entryAt(line.value, item.place);
    if (isTrivial(value, right) && line.uses.some((used) => this.off.has(used))) return ""; // has many explanations
    for (const values of [this.own, new Map<string, Value>()]) {
      const read = this.sheet.read(item.line, values);
      const worked = worth(line.tree, read, line.value);
      for (const [id, tree] of line.mistakes) {
        const wrong = worth(tree, read, line.value);
        if (wrong === null || worked === null) continue;
        const number = entryAt(wrong, item.place);
        if (!isNear(value, [number], unit) || !(Math.abs(number - right) > APART * unit)) continue;
        if (Math.max(...flat(wrong).map((x, k) => Math.abs(x - worked.at(k)))) > SAME) return id;
      }
    }
    return "";
  }

  /** Go on with the student's number; where it looks like a slip, with the right one for now. */
  #keep(item: Item, value: number, verdict: Verdict): void {
    if (verdict === "misprint" || verdict === "coarse") {
      this.slips.set(item.line, [...(this.slips.get(item.line) ?? []), [item.place, value]]);
      return;
    }
    this.#enter(item.line, [[item.place, value]]);
    if (verdict !== "right") this.off.add(item.line);
  }
}

function subsets(ids: string[], count: number): string[][] {
  if (!count) return [[]];
  return ids.flatMap((id, k) => subsets(ids.slice(k + 1), count - 1).map((rest) => [id, ...rest]));
}
