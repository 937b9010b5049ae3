// The backward pass comes by itself where a gradient is chosen or stepped to.
import { beforeEach, expect, test, vi } from "vitest";
import { Learner } from "../../src/core/learner";
import { lines } from "../../src/core/lines";
import { Model } from "../../src/core/model";
import { at, example } from "../core/compare";

vi.stubGlobal("matchMedia", () => ({ matches: false }));
vi.stubGlobal("location", { hash: "" });
vi.stubGlobal("document", { title: "" });
vi.stubGlobal("addEventListener", () => {});
vi.stubGlobal("history", { pushState: () => {} });
const { app } = await import("../../src/app/state.svelte");

beforeEach(() => {
  const model = new Model(example());
  app.open(model, lines, () => new Learner(model));
  app.backward = false;
});

test("a gradient that is chosen brings it; a value or a gradient of weights does not", () => {
  for (const key of ["0:f@1", "0:d_W"]) app.choose(at(key));
  expect(app.backward).toBe(false);
  app.choose(at("0:d_state@0"));
  expect(app.backward).toBe(true);
});

test("stepping to the first line of the backward pass brings it", () => {
  const first = app.order.findIndex((place) => app.phaseOf(place) === "backward");
  app.choose(app.order[first - 1]!);
  expect(app.backward).toBe(false);
  app.step(1, false);
  expect(app.backward).toBe(true);
});
