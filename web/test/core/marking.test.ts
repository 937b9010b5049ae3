// `gatewise mark`, the exercises' page and the learner of the page to play with give the same verdicts and points.
import { describe, expect, test } from "vitest";
import type { Place, Tried } from "../../src/core/api";
import type { PageData, Tree } from "../../src/core/data";
import { evaluate, flat } from "../../src/core/evaluate";
import { placeOf } from "../../src/core/keys";
import { Learner } from "../../src/core/learner";
import { lines } from "../../src/core/lines";
import { Ladder } from "../../src/core/marking/ladder";
import { markSheet } from "../../src/core/marking/marking";
import { ModelSheet } from "../../src/core/marking/model-sheet";
import { type SheetData, sheetOf } from "../../src/core/marking/sheet";
import { Model } from "../../src/core/model";
import { asked, made } from "../data/made";

type Row = [id: string, answer: string, verdict: string, points: number, note: string, mistake: string];
interface Case {
  name: string;
  sheet: SheetData;
  page: PageData;
  key: { items: unknown[]; model: unknown; sizes: unknown };
  tries: { answers: Record<string, string>; marked: Row[] }[];
}

const cases = made<Case[]>("marks", [
  "teach/exercises",
  "teach/explore",
  "teach/checker/mistakes",
  "cells",
  "expression",
]);
const first = cases[0];

/** Give every answer once, and go on whatever is said of it. */
function worked(page: PageData, answers: Record<string, string>): [Tried[], Learner] {
  const model = new Model(page);
  const learner = new Learner(model);
  const sheet = new ModelSheet(model, learner.digits);
  learner.start();
  for (let place = learner.next; place; place = learner.next) {
    learner.answer(answers[sheet.id(place)] ?? "");
    if (learner.next === place) learner.skip();
  }
  return [learner.tried(), learner];
}

test("500 answers and more are marked", () => {
  const all = cases.flatMap(({ tries }) => tries.flatMap(({ marked }) => marked));
  expect(all.length).toBeGreaterThan(500);
  const counts = Object.fromEntries(
    [...new Set(all.map((row) => row[2]))].map((one) => [one, all.filter((row) => row[2] === one).length]),
  );
  for (const verdict of ["right", "follows", "mistake", "misprint", "coarse", "wrong", "unreadable", "missing"])
    expect(counts[verdict], verdict).toBeGreaterThan(2);
});

describe.each(cases)("$name", ({ sheet, page, tries, key }) => {
  test("the exercises' page marks as gatewise mark", () => {
    for (const { answers, marked } of tries) {
      const own = markSheet(sheet, answers).marked;
      expect(own.map((m): Row => [m.id, m.answer, m.verdict, m.points, m.note, m.mistake])).toEqual(marked);
    }
  });

  test("the learner is judged as gatewise mark judges", () => {
    for (const { answers, marked } of tries) {
      const [tried] = worked(page, answers);
      const expected = marked.map(([, , verdict, points, , mistake]) => [verdict, points, mistake]);
      expect(tried.map(({ verdict, points, mistake }) => [verdict, points, mistake])).toEqual(expected);
    }
  });

  test("the learner's key is the one that gatewise exercise writes", () => {
    const learner = new Learner(new Model(page));
    const own = JSON.parse(lines.key(learner)) as Case["key"];
    const items = (all: unknown[]): unknown[] =>
      all.map((one) => ({ form: "number", ...(one as object), why: undefined }));
    expect(items(own.items)).toEqual(items(key.items));
    expect(own.model).toEqual(key.model);
    expect(own.sizes).toEqual(key.sizes);
  });

  test("no note gives the solution away before it is asked for", () => {
    for (const { answers } of tries) {
      for (const { id, hint, verdict, mistake } of markSheet(sheet, answers).marked) {
        const item = sheet.items.find((one) => one.id === id);
        if (verdict !== "right" && !mistake && item && item.key.length > 2) expect(hint).not.toContain(item.key);
      }
    }
  });
});

test("what the page gives away is read by gatewise: problem files, and answers with their key", () => {
  const models = cases.map(({ page }) => new Model(page));
  models[0].set({ ...placeOf(0, "state", -1), entry: [0] }, 0.1 + 0.2);
  models[0].set({ ...placeOf(0, "W"), entry: [1, 0] }, -1e-7);
  models[0].set({ ...placeOf(0, "label", 1), entry: [0] }, NaN);
  const learners = cases.map(({ page, tries }) => worked(page, tries[0].answers)[1]);
  const found = asked<{ problems: Record<string, unknown>[]; sheets: unknown[][] }>("read_back", {
    problems: models.map((model) => lines.toml(model)),
    sheets: learners.map((learner) => ({ key: lines.key(learner), answers: lines.answers(learner) })),
  });
  models.forEach((model, k) => {
    const { params, label, x } = found.problems[k] as {
      params: Record<string, unknown[]>;
      label: unknown[];
      x: unknown[];
    };
    for (const [name, values] of Object.entries(params))
      expect(values.flat(), name).toEqual(Array.from(model.values(placeOf(0, name))));
    const series = (name: string): (number | null)[] =>
      Array.from({ length: model.data.blocks[0].steps }, (_, t) => [...model.values(placeOf(0, name, t))])
        .flat()
        .map((one) => (Number.isNaN(one) ? null : one));
    expect(x.flat()).toEqual(series("x"));
    expect(label.flat()).toEqual(series("label"));
  });
  expect(found.problems[0].state).toEqual({ out: [0], state: [0.1 + 0.2] });
  cases.forEach(({ tries }, k) => {
    expect(found.sheets[k]).toEqual(
      tries[0].marked.map(([id, answer, verdict, points, , mistake]) => [id, answer, verdict, points, mistake]),
    );
  });
}, 90_000);

test("a mistake's number is known as such from three units of the last digit on, no nearer and no farther", () => {
  const verdict = (written: string): string => {
    const line = { left: "y", tree: ["number", "0.487"] as Tree, value: 0.487, full: 0.487, uses: [] };
    const mistakes: [string, Tree][] = [["m", ["number", written]]];
    const item = { id: "i", form: "number" as const, key: "0.487", line: "L", place: [], options: [], unit: 0.001 };
    const sheet = sheetOf({
      name: "", items: [item], lines: { L: { ...line, mistakes } }, mistakes: { m: ["name", "why", "group"] },
      values: {}, parts: {}, joined: {}, byPart: {},
    });
    return new Ladder(sheet).number(item, { value: Number(written), decimals: 3 }).verdict;
  };
  expect(["0.489", "0.490", "0.491", "0.484", "0.485"].map((one) => verdict(one) === "mistake")).toEqual(
    [false, true, true, true, false],
  );
});

// The learner -----------------------------------------------------------------------------------------------------

const beginning = (page = first.page): { learner: Learner; sheet: ModelSheet; key: () => string } => {
  const model = new Model(page);
  const learner = new Learner(model);
  const sheet = new ModelSheet(model, learner.digits);
  learner.start();
  return { learner, sheet, key: () => sheet.item(learner.next as Place).key };
};

test("a wrong answer says what is wrong and waits; a second try is worth half", () => {
  const { learner, key } = beginning();
  const place = learner.next;
  const wrong = learner.answer("77");
  expect(wrong).toMatchObject({ verdict: "wrong", points: 0, tries: 1 });
  expect(wrong.note).not.toContain(key());
  expect(learner.next).toBe(place);
  expect(learner.answer(key())).toMatchObject({ verdict: "right", points: 0.5, tries: 2 });
  expect(learner.next).not.toBe(place);
  expect(learner.score()).toMatchObject({
    points: 0.5,
    outOf: 1,
    sentence: "After 2 tries: 1 after another try or a hint, for half.",
  });
});

test("a known slip is explained in the words of the exercises' pages, and the number at work is not counted yet", () => {
  const { learner, sheet, key } = beginning();
  const { line } = sheet.item(learner.next as Place);
  const [, tree] = sheet.line(line).mistakes.find(([id]) => id.includes("without-b")) as [string, Tree];
  const [value] = flat(evaluate(tree, sheet.read(line, new Map())));
  const { verdict, mistake, note } = learner.answer(value.toFixed(5));
  expect([verdict, note]).toEqual(["mistake", sheet.mistake(mistake).slice(0, 2).join(" ")]);
  expect(learner.score()).toMatchObject({ outOf: 0, sentence: "No number has been worked out yet." });
  learner.answer(key());
  expect(learner.score()).toMatchObject({ points: 0.5, outOf: 1 });
});

test("a second try starts from before the first: what was wrong then is not carried on", () => {
  const { learner, sheet, key } = beginning();
  expect(learner.answer("77").verdict).toBe("wrong");
  expect(learner.answer(String(-Number(key()))).verdict).toBe("misprint");
  for (let place = learner.next as Place; place.name !== "state"; place = learner.next as Place)
    learner.answer(sheet.item(place).key);
  const i = sheet.hand.value({ ...placeOf(0, "i", 0), entry: [0] });
  expect(learner.answer((77 * i).toFixed(5)).verdict).toBe("wrong");
  expect(learner.answer(key())).toMatchObject({ verdict: "right", points: 0.5 });
});

test("empty answers and what is no number are no tries", () => {
  const { learner, key } = beginning();
  expect(learner.answer("  ")).toMatchObject({ verdict: "missing", tries: 0 });
  expect(learner.answer("a lot")).toMatchObject({ verdict: "unreadable", tries: 0 });
  expect(learner.answer(key())).toMatchObject({ verdict: "right", points: 1, tries: 1 });
});

test("a hint comes first and costs half; the solution is shown without points and the work goes on with it", () => {
  const { learner, key } = beginning();
  expect(learner.hint()).toContain("tanh(W_a · x₀ + U_a · out₋₁ + b_a)");
  expect(learner.hint()).not.toContain(key().replace("-", "−"));
  expect(learner.answer(key())).toMatchObject({ points: 0.5, hinted: true });
  const shown = key().replace("-", "−");
  expect(learner.solution()).toContain(shown);
  expect(learner.tried()[1]).toMatchObject({ points: 0, shown: true });
  expect(learner.answer(key())).toMatchObject({ verdict: "right", points: 1 });
});

test("a wrong number that is left is carried on, and what follows from it counts", () => {
  const { learner, sheet } = beginning();
  learner.answer("0.5");
  learner.skip();
  for (let place = learner.next as Place; place.name !== "state"; place = learner.next as Place)
    learner.answer(sheet.item(place).key);
  const i = sheet.hand.value({ ...placeOf(0, "i", 0), entry: [0] });
  expect(learner.answer((0.5 * i).toFixed(5))).toMatchObject({ verdict: "follows", points: 1 });
  expect(learner.score().sentence).toContain("1 right from your own numbers");
});

test("what is not worked out yet is hidden, and nothing else", () => {
  const { learner, key } = beginning();
  const hidden = (name: string, t: number | null, entry: number[] | null = null): boolean =>
    learner.hides({ ...placeOf(0, name, t), entry });
  expect([hidden("x", 0), hidden("W", null), hidden("a", 0), hidden("d_gates", 1), hidden("loss", null)]).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
  learner.answer(key());
  expect([hidden("a", 0), hidden("i", 0), hidden("i", 0, [0])]).toEqual([false, true, true]);
});

test("one begins at any line, and ends after the last", () => {
  const { learner, key } = beginning();
  learner.start({ ...placeOf(0, "b", null, "", true), entry: null });
  expect(learner.next).toMatchObject({ name: "b", isNew: true, entry: [0] });
  for (let k = 0; k < 4; k++) learner.answer(key());
  expect(learner.next).toBeNull();
  expect(() => learner.answer("1")).toThrow("All numbers are worked out.");
  expect(learner.hides(placeOf(0, "b", null, "", true))).toBe(false);
});

test("a key is refused in words where none can hold the model", () => {
  const model = new Model(first.page);
  model.set({ ...placeOf(0, "state", -1), entry: [0] }, 1);
  expect(() => lines.key(new Learner(model))).toThrow("initial state");
  model.undo();
  model.hold(0, "f", 1, 1);
  expect(() => lines.key(new Learner(model))).toThrow("let go what is held");
});
