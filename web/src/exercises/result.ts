// What a page says after marking: the points and how they came about, what to look at again, and the hints.
import type { Hint, Marks } from "../core/marking/marking";
import type { Item, Marked } from "../core/marking/sheet";
import { WORDS } from "../core/marking/words";
import type { Kept } from "./kept";

/** The solution of an item, as a sentence. */
export function solutionOf(item: Item): string {
  const option = item.options.find(({ letter }) => letter === item.key);
  if (option) return `The answer is ${option.letter}: ${option.text}`;
  return item.form === "line" ? `The answer is ${item.key}.` : `It should be ${item.key.replaceAll("-", "−")}.`;
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** Points that count: none for what was right only after its solution was shown. */
export function pointsOf(marks: Marks, kept: Kept): number {
  return marks.marked.reduce((sum, { id, points }) => sum + (kept.tries[id]?.late ? 0 : points), 0);
}

/** How many points there are and how they came about. */
export function sentenceOf(marks: Marks, kept: Kept): string {
  const points = pointsOf(marks, kept);
  const percent = marks.outOf ? Math.round((100 * points) / marks.outOf) : 0;
  const sentences = [
    `${points} of ${marks.outOf} points, ${percent} %, after ${counted(kept.rounds, "try", "tries")}.`,
  ];
  if (kept.rounds > 1 && kept.first !== null) sentences.push(`At the first try there were ${kept.first}.`);
  const late = marks.marked.filter(({ id }) => kept.tries[id]?.late).length;
  if (late)
    sentences.push(
      `${counted(late, "answer was", "answers were")} changed after the solution was shown, for no points.`,
    );
  const open = marks.marked.filter(({ verdict }) => verdict === "missing").length;
  if (open) sentences.push(`${counted(open, "answer is", "answers are")} still to be given.`);
  return sentences.join(" ");
}

const element = <K extends keyof HTMLElementTagNameMap>(name: K, text = "", className = ""): HTMLElementTagNameMap[K] =>
  Object.assign(document.createElement(name), { textContent: text, className });

/** Lists of what is not right and of what has no answer, each a link to its field. */
export function listsOf(marks: Marks, fieldOf: (id: string) => HTMLElement | null): HTMLElement[] {
  const open = marks.marked.filter(({ verdict }) => verdict === "missing");
  const wrong = marks.marked.filter(({ verdict }) => !["right", "follows", "missing"].includes(verdict));
  return [
    ...listed("To look at again:", wrong, fieldOf, (verdict) => ` ${WORDS[verdict]}`),
    ...listed("Still to be given:", open, fieldOf, () => ""),
  ];
}

function listed(
  title: string,
  marked: Marked[],
  fieldOf: (id: string) => HTMLElement | null,
  word: (verdict: Marked["verdict"]) => string,
): HTMLElement[] {
  if (!marked.length) return [];
  const list = element("ul", "", "again");
  for (const { id, verdict } of marked) {
    const row = element("li", "", verdict);
    const link = element("a", id);
    const field = fieldOf(id);
    link.href = `#${field?.id ?? ""}`;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      field?.scrollIntoView({ block: "center" });
      field?.focus({ preventScroll: true });
    });
    row.append(link, word(verdict));
    list.append(row);
  }
  return [element("p", title), list];
}

/** Hints, one for each misconception. */
export function hintsIn(hints: Hint[]): HTMLElement[] {
  return hints.map(({ name, why, items }) => {
    const hint = element("div");
    const first = element("p");
    first.append(element("strong", name));
    hint.append(first, element("p", why), element("p", `seen in ${items.join(", ")}`, "where"));
    return hint;
  });
}
