// The page's state: the way to a place and back, changes that are refused, what flashes, the learner, terms that are cut.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Learner } from "../../src/core/learner";
import { lines } from "../../src/core/lines";
import { Model } from "../../src/core/model";
import { example } from "../core/compare";

const page = { hash: "", pushed: [] as unknown[], arrive: (_: unknown): void => {} };
vi.stubGlobal("matchMedia", () => ({ matches: false }));
vi.stubGlobal("location", page);
vi.stubGlobal("document", { title: "" });
vi.stubGlobal("addEventListener", (name: string, listener: (event: unknown) => void) => {
  if (name === "popstate") page.arrive = (state) => listener({ state });
});
vi.stubGlobal("history", {
  pushState: (state: unknown, _: string, hash: string) => {
    page.hash = hash;
    page.pushed.push(state);
  },
});
const { app } = await import("../../src/app/state.svelte");
const { placeOf } = await import("../../src/app/places");
const { termsAt } = await import("../../src/app/tools/terms");
const { leave, start } = await import("../../src/app/tools/learning");
const { groupsOf } = await import("../../src/app/tools/givens");

const data = example();
const at = (name: string, t: number | null = null, entry: number[] | null = null) => placeOf(0, name, t, entry);

beforeEach(() => {
  page.hash = "";
  page.pushed = [];
  if (app.learning) leave();
  const model = new Model(data);
  app.open(model, lines, () => new Learner(model));
});

describe("the way to a place", () => {
  test("grows with every choice, stands in the address, and is shortened by its own breadcrumb", () => {
    app.choose(at("d_state", 0));
    app.choose(at("d_out", 0));
    expect(page.hash).toBe("#0:d_out@0");
    expect(app.way.map(({ name }) => name).slice(-2)).toEqual(["d_state", "d_out"]);
    app.returnTo(1);
    expect(app.place).toEqual(at("d_state", 0));
    expect(app.way).toHaveLength(2);
  });

  test("is that of the history's entry after the browser's back", () => {
    app.choose(at("d_state", 0));
    const [before] = page.pushed;
    app.choose(at("f", 1));
    page.hash = "#0:d_state@0";
    page.arrive(before);
    expect(app.place).toEqual(at("d_state", 0));
    expect(app.way.at(-1)).toEqual(at("d_state", 0));
  });

  test("keeps the step where a place has none, and refuses a place that is not there", () => {
    app.choose(at("f", 1));
    app.choose(at("W"));
    expect(app.t).toBe(1);
    app.choose(at("no_such"));
    expect(app.place).toEqual(at("W"));
  });

  test("follows the order of work to its end and back", () => {
    let steps = 0;
    while (app.step(1)) steps += 1;
    expect(app.progress()).toEqual([app.order.length, app.order.length]);
    while (app.step(-1)) steps -= 1;
    expect(steps).toBe(0);
    expect(app.message).toContain(app.plain(app.place));
  });
});

describe("a change", () => {
  test("marks what it changes and nothing else, and a drag is one step of undo", () => {
    expect(app.flash(at("f", 0))).toBe(false);
    const old = app.model.value(at("W", null, [0, 0]));
    for (const [k, value] of [0.1, 0.2, 0.3].entries()) expect(app.set(at("W", null, [0, 0]), value, k > 0)).toBe("");
    expect(app.flash(at("W", null, [0, 0]))).toBe(true);
    expect(app.flash(at("W", null, [0, 1]))).toBe(false);
    expect(app.flash(at("x", 0))).toBe(false);
    expect(app.flash(at("loss"))).toBe(true);
    app.undo();
    expect(app.value(at("W", null, [0, 0]))).toBe(old);
    expect(app.model.canUndo()).toBe(false);
  });

  test("of several numbers together is one step of undo, worked out once", () => {
    const before = app.loss;
    app.change(() => app.model.together(() => [0, 1].forEach((t) => app.model.hold(0, "f", t, 0))));
    expect(app.model.held()).toHaveLength(2);
    expect(app.loss).not.toBe(before);
    app.undo();
    expect(app.model.held()).toHaveLength(0);
    expect(app.loss).toBe(before);
  });

  test("is refused in a sentence while the learner works, and loses nothing", () => {
    start();
    const before = app.loss;
    expect(app.set(at("W", null, [0, 0]), 9)).toMatch(/Escape/);
    expect(app.loss).toBe(before);
    app.undo();
    app.reset();
    expect(app.learning).toBe(true);
    leave();
    expect(app.set(at("W", null, [0, 0]), 9)).toBe("");
  });
});

test("the learner is made when it is asked for; what is not worked out yet is hidden until it is left", () => {
  expect(app.learned).toBe(false);
  start();
  expect(app.hides(at("out", 0))).toBe(true);
  expect(app.hides(at("x", 0))).toBe(false);
  leave();
  expect(app.hides(at("out", 0))).toBe(false);
});

test("a term of δstate can be cut at its step, and the mistake has a name", () => {
  const terms = termsAt(at("d_state", 0));
  expect(terms).toHaveLength(2);
  const before = app.value(at("d_state", 0, [0]));
  app.change(() => app.model.cut(terms[1].here));
  expect(app.value(at("d_state", 0, [0]))).not.toBe(before);
  expect(app.model.named(terms[1].here)?.why).toBeTruthy();
  app.change(() => app.model.mend(terms[1].here));
  expect(app.value(at("d_state", 0, [0]))).toBe(before);
});

test("everything that is offered to be changed can be changed", () => {
  const groups = groupsOf();
  expect(groups.map(({ id }) => id)).toEqual(expect.arrayContaining(["0:W", "0:U", "0:b", "0:x", "0:label", "0:learning_rate"]));
  for (const group of groups) {
    const place = group.at(group.rows.length - 1, group.columns.length - 1);
    expect(app.set(place, 0.125), group.id).toBe("");
    expect(app.value(place), group.id).toBe(0.125);
  }
});
