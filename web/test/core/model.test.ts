// What a person does to a model: set, hold, cut, update, rewind, undo; and what is said of it.
import { describe, expect, test } from "vitest";
import type { Place } from "../../src/core/api";
import { placeId } from "../../src/core/keys";
import { Model } from "../../src/core/model";
import { at, CASES, example, farthest } from "./compare";

const caseOf = (name: string) => CASES.engine.find((each) => each.name === name)!;
const all = (model: Model): string => JSON.stringify(model.order().map((place) => [...model.values(place)]));

describe("setting", () => {
  test("changes what follows, and keeps what was before", () => {
    const model = new Model(example());
    const [place, loss] = [at("0:W", [0, 0]), model.loss()];
    const old = model.value(place);
    const out = [...model.values(at("0:out@1"))];
    model.set(place, old + 0.5);
    expect(model.value(place)).toBe(old + 0.5);
    expect([...model.before(place)]).toEqual([old]);
    expect([...model.before(at("0:out@1"))]).toEqual(out);
    expect([...model.values(at("0:out@1"))]).not.toEqual(out);
    expect(model.lossBefore()).toBe(loss);
    expect(model.loss()).not.toBe(loss);
  });

  test("is taken back and made again, one change at a time", () => {
    const model = new Model(example());
    const first = all(model);
    model.set(at("0:b", [1]), 2);
    const second = all(model);
    model.set(at("0:x@0", [0]), 3);
    model.undo();
    expect(all(model)).toBe(second);
    model.undo();
    expect(all(model)).toBe(first);
    expect(model.canUndo()).toBe(false);
    model.redo();
    expect(all(model)).toBe(second);
    model.set(at("0:b", [0]), 1);
    expect(model.canRedo()).toBe(false);
  });

  test("of a dragged number is one step of undo, until it is let go", () => {
    const model = new Model(example());
    const place = at("0:b", [0]);
    const old = model.value(place);
    for (const value of [0.71, 0.72, 0.73]) model.set(place, value, true);
    expect([...model.before(place)]).toEqual([old]);
    model.settle();
    model.set(place, 0.4, true);
    model.undo();
    expect(model.value(place)).toBe(0.73);
    model.undo();
    expect(model.value(place)).toBe(old);
    expect(model.canUndo()).toBe(false);
  });

  test("of several numbers together is one step of undo", () => {
    const model = new Model(example());
    const first = all(model);
    const version = model.version;
    model.together(() => {
      model.set(at("0:b", [0]), 1);
      model.set(at("0:b", [1]), 2);
      model.hold(0, "f", 0, 1);
    });
    expect(model.version).toBe(version + 1);
    expect([...model.values(at("0:b"))].slice(0, 2)).toEqual([1, 2]);
    expect(model.held()).toHaveLength(1);
    model.undo();
    expect(all(model)).toBe(first);
    expect(model.held()).toHaveLength(0);
  });

  test("is for what is given alone, no boundary value and nothing worked out", () => {
    const model = new Model(example());
    const T = model.data.blocks[0].steps;
    for (const key of ["0:W", "0:x@0", "0:label@0", "0:state@-1", "0:out@-1", "0:learning_rate"]) {
      expect(model.canSet(at(key)), key).toBe(true);
    }
    for (const key of ["0:out@0", "0:d_W", `0:delta_out@${T - 1}`, `0:carried@${T}`, "0:nothing"]) {
      expect(model.canSet(at(key)), key).toBe(false);
    }
    const before = all(model);
    model.set(at("0:out@0", [0]), 5);
    expect(all(model)).toBe(before);
  });

  test("λ is the same in all blocks", () => {
    const model = new Model(CASES.layers[0].data);
    model.set(at("2:learning_rate"), 0.5);
    expect([0, 1, 2].map((k) => model.value(at(`${k}:learning_rate`)))).toEqual([0.5, 0.5, 0.5]);
    expect(model.canUndo()).toBe(true);
  });
});

describe("holding", () => {
  const each = caseOf("lstm");

  test("puts its value in place of the formula", () => {
    const model = new Model(each.data);
    model.hold(0, "f", 1, 1);
    model.hold(0, "i", 1, 0);
    expect(model.formula(at("0:f@1"))).toEqual(["number", "1"]);
    expect([...model.values(at("0:f@1"))]).toEqual([1, 1, 1]);
    expect([...model.values(at("0:state@1"))]).toEqual([...model.values(at("0:state@0"))]);
    expect([...model.values(at("0:d_f@1"))]).toEqual([0, 0, 0]);
    model.hold(0, "f", 1, null);
    model.hold(0, "i", 1, null);
    expect(farthest(model, each.values).apart).toBeLessThan(1e-12);
  });

  test.each(["f", "o", "state", "out"])("keeps the gradient that of the loss with %s held", (name) => {
    const model = new Model(each.data);
    model.hold(0, name, 2, 0.4);
    for (const key of ["W", "U", "b", "x@1", "x@2", "state@-1", "out@-1"]) {
      const shape = model.shape(at(`0:${key}`));
      const { estimate, gradient } = model.nudge(at(`0:${key}`, shape.map(() => 0)), 1e-5);
      expect(estimate, key).toBeCloseTo(gradient, 8);
    }
  });
});

describe("cutting", () => {
  test("leaves a term out at its step, and it is named by its mistake", () => {
    const model = new Model(example());
    const cut = { block: 0, equation: "B1", t: 0, term: 1 };
    const right = [...model.values(at("0:d_out@0"))];
    model.cut(cut);
    expect([...model.values(at("0:d_out@0"))]).toEqual([...model.values(at("0:delta@0"))]);
    expect([...model.values(at("0:d_out@0"))]).not.toEqual(right);
    expect(model.formula(at("0:d_out@0"))).toEqual(["symbol", "delta", "", 0, null, false]);
    const named = model.named(cut);
    expect(named?.right).toEqual(["symbol", "delta", "", ["t", 0], null, false]);
    model.mend(cut);
    expect([...model.values(at("0:d_out@0"))]).toEqual(right);
    expect(model.cuts()).toEqual([]);
  });

  test("at every step leaves it out everywhere; of a formula of one term 0 is left", () => {
    const model = new Model(caseOf("lstm").data);
    model.cut({ block: 0, equation: "B8", t: null, term: 0 });
    for (const t of [0, 1, 2]) expect([...model.values(at(`0:delta_out@${t - 1}`))]).toEqual([0, 0, 0]);
    expect(model.nudge(at("0:U", [0, 0]), 1e-5).difference).not.toBeCloseTo(0, 6);
  });
});

describe("updating", () => {
  test("goes back to the same start, and undo goes back to after the updates", () => {
    const model = new Model(example());
    const first = all(model);
    model.update(1);
    model.update(3);
    const later = all(model);
    expect(model.losses()).toHaveLength(5);
    expect(model.losses()[4]).toBeLessThan(model.losses()[0]);
    model.rewind();
    expect(all(model)).toBe(first);
    expect(model.losses()).toHaveLength(1);
    model.undo();
    expect(all(model)).toBe(later);
    model.reset();
    expect(all(model)).toBe(first);
    expect(model.canUndo()).toBe(true);
  });
});

describe("without labels", () => {
  test("there is a forward pass and no more", () => {
    const model = new Model(CASES.layers.find(({ name }) => name === "a forward pass alone")!.data);
    expect(model.order().every((place) => model.equationOf(place)!.phase === "forward")).toBe(true);
    expect(model.loss()).toBeNaN();
    const before = all(model);
    model.update(3);
    expect(all(model)).toBe(before);
    expect(model.canUndo()).toBe(false);
    expect(model.nudge(at("0:W", [0, 0]), 1e-3).gradient).toBeNaN();
    expect(model.shares(at("0:d_state@0", [0]))).toEqual([]);
    model.set(at("0:W", [0, 0]), 2);
    expect(all(model)).not.toBe(before);
  });
});

describe("nudging", () => {
  test.each(CASES.engine.filter(({ name }) => !/clip|relu|units/.test(name)).map((each) => [each.name, each] as const))(
    "the estimate meets the gradient of every parameter, input and initial value: %s",
    (_, each) => {
      const model = new Model(each.data);
      const before = all(model);
      for (const { block, key } of givens(model)) {
        const place = at(`${block}:${key}`);
        const shape = model.shape(place);
        const { estimate, gradient } = model.nudge({ ...place, entry: shape.map((size) => size - 1) }, 1e-5);
        expect(estimate, key).toBeCloseTo(gradient, 7);
      }
      expect(all(model)).toBe(before);
    },
  );

  test("of a model by hand it is done in full precision", () => {
    const model = new Model({ ...example(), rounding: "hand", digits: 2 });
    const full = new Model(example());
    const before = all(model);
    expect(model.nudge(at("0:W", [0, 0]), 1e-4)).toEqual(full.nudge(at("0:W", [0, 0]), 1e-4));
    expect(all(model)).toBe(before);
  });

  function* givens(model: Model): Generator<{ block: number; key: string }> {
    for (const key of Object.keys(model.data.blocks[0].given)) {
      if (model.canSet(at(`0:${key}`)) && !/^label|^learning_rate/.test(key)) yield { block: 0, key };
    }
  }
});

describe("going from number to number", () => {
  const id = (places: Place[]): string[] => places.map(placeId);

  test("operands stand in reading order, the boundary value among them", () => {
    const model = new Model(example());
    const T = model.data.blocks[0].steps;
    expect(id(model.operands(at("0:state@1")))).toEqual(["0:a@1", "0:i@1", "0:f@1", "0:state@0"]);
    expect(id(model.operands(at(`0:d_state@${T - 1}`)))).toContain(`0:carried@${T}`);
    expect(id(model.operands(at("0:d_x@0")))).toEqual(["0:W", "0:d_a@0", "0:d_i@0", "0:d_f@0", "0:d_o@0"]);
    expect(model.formula(at("0:W"))).toBeNull();
  });

  test.each(CASES.engine.filter(({ name }) => !/16/.test(name)).map((each) => [each.name, each] as const))(
    "what takes a number is the other way round of what it takes: %s",
    (_, each) => {
      const model = new Model(each.data);
      const order = model.order();
      const seen = new Map<string, Set<string>>();
      for (const place of order) {
        for (const operand of model.operands(place)) {
          expect(model.exists(operand), placeId(operand)).toBe(true);
          seen.set(placeId(operand), (seen.get(placeId(operand)) ?? new Set()).add(placeId(place)));
        }
      }
      for (const place of order) {
        expect(new Set(id(model.usedBy(place)))).toEqual(seen.get(placeId(place)) ?? new Set());
      }
      for (const key of ["0:W", "0:x@0"]) expect(new Set(id(model.usedBy(at(key))))).toEqual(seen.get(key));
    },
  );

  test("a row of a gate goes to that gate alone, and to what takes the whole", () => {
    const model = new Model(example());
    const used = id(model.usedBy({ ...at("0:W"), part: "f" }));
    expect(used).toContain("0:f@0");
    expect(used).not.toContain("0:a@0");
    expect(used).toContain("0:W_new");
    expect(id(model.usedBy(at("0:W", [0, 0])))).toContain("0:a@0");
    expect(id(model.usedBy(at("0:W", [0, 0])))).not.toContain("0:f@0");
  });

  test("blocks are linked", () => {
    const [each, last, reverse] = CASES.layers.map(({ data }) => new Model(data));
    expect(id(each.operands(at("1:x@2")))).toEqual(["0:out@2"]);
    expect(id(reverse.operands(at("1:x@0")))).toEqual(["0:out@4"]);
    expect(id(last.operands(at("2:x@0")))).toEqual(["1:out@4"]);
    expect(id(last.usedBy(at("1:out@4")))).toContain("2:x@0");
    expect(id(last.usedBy(at("1:out@3")))).not.toContain("2:x@0");
    expect(id(last.operands(at("1:delta@4")))).toEqual(["2:d_x@0"]);
    expect(last.exists(at("1:delta@0"))).toBe(true);
    expect([...last.values(at("1:delta@0"))]).toEqual([0, 0, 0]);
    expect(id(each.usedBy(at("1:d_x@3")))).toEqual(["0:delta@3"]);
  });

  test("the gates together and their parts are there", () => {
    const model = new Model(example());
    const parts = ["d_a", "d_i", "d_f", "d_o"].flatMap((name) => [...model.values(at(`0:${name}@1`))]);
    expect([...model.values(at("0:d_gates@1"))]).toEqual(parts);
    const W = model.values(at("0:W"));
    expect([...model.values({ ...at("0:W"), part: "i" })]).toEqual([...W].slice(W.length / 4, W.length / 2));
    expect(model.exists(at("0:out@99"))).toBe(false);
    expect([...model.values(at("0:out@99"))]).toEqual([]);
  });
});

describe("copying", () => {
  test("a copy is changed for itself", () => {
    const model = new Model(example());
    model.set(at("0:b", [0]), 1);
    model.hold(0, "f", 0, 1);
    model.update(2);
    const copy = model.copy();
    const before = all(model);
    expect(all(copy)).toBe(before);
    expect(copy.losses()).toEqual(model.losses());
    copy.set(at("0:b", [1]), 3);
    expect(all(model)).toBe(before);
    expect(all(copy)).not.toBe(before);
  });
});
