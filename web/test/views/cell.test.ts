// The cell's picture: of every cell all parts stand apart, and every wire leads from one to the other around the rest.
import { describe, expect, test } from "vitest";
import { graphOf } from "../../src/app/cell/graph";
import { layoutOf, type Spot } from "../../src/app/cell/layout";
import { routesOf, type Point } from "../../src/app/cell/routes";
import { worth } from "../../src/app/cell/values";
import { Model } from "../../src/core/model";
import { at, CASES, example } from "../core/compare";

const blocks = [...CASES.engine, ...CASES.layers].flatMap(({ name, data }) =>
  data.blocks.map((block) => ({ name: `${name}: ${block.name}`, block })),
);
const ways = [false, true].flatMap((upright) => [false, true].map((backward) => ({ upright, backward })));
const inside = ([u, v]: Point, spot: Spot): boolean =>
  Math.abs(u - spot.u) < spot.hu - 2 && Math.abs(v - spot.v) < spot.hv - 2;
const along = ([a, b]: [Point, Point]): Point[] =>
  Array.from({ length: 41 }, (_, k) => [a[0] + ((b[0] - a[0]) * k) / 40, a[1] + ((b[1] - a[1]) * k) / 40]);

describe.each(blocks)("$name", ({ block }) => {
  const graph = graphOf(block);

  test("shows every forward equation, and every quantity that it takes", () => {
    const forward = block.equations.filter((one) => one.phase === "forward").map((one) => one.left[1]);
    for (const name of forward)
      expect([...graph.nodes.values()].some((node) => node.name === name && node.dt === 0)).toBe(true);
    for (const name of block.carried) expect(graph.nodes.has(`${name}+`)).toBe(true);
  });

  test.each(ways)("has parts that stand apart, upright $upright, backward $backward", (way) => {
    const { spots, low, high } = layoutOf(graph, way.upright, way.backward);
    expect([...spots.keys()].sort()).toEqual([...graph.nodes.keys()].sort());
    const all = [...spots];
    for (const [k, [one, a]] of all.entries()) {
      expect(a.u - a.hu >= low[0] && a.u + a.hu <= high[0] && a.v - a.hv >= low[1] && a.v + a.hv <= high[1], one).toBe(
        true,
      );
      for (const [other, b] of all.slice(k + 1)) {
        const apart = Math.abs(a.u - b.u) >= a.hu + b.hu || Math.abs(a.v - b.v) >= a.hv + b.hv;
        expect(apart, `${one} and ${other}`).toBe(true);
      }
    }
  });

  test.each(ways)("has wires that go around what they do not join, upright $upright, backward $backward", (way) => {
    const layout = layoutOf(graph, way.upright, way.backward);
    const routes = routesOf(graph, layout);
    graph.wires.forEach((wire, k) => {
      const points = routes[k] ?? [];
      expect(points.length, `${wire.from} to ${wire.to}`).toBeGreaterThan(1);
      for (let corner = 1; corner < points.length; corner += 1) {
        const [a, b] = [points[corner - 1] as Point, points[corner] as Point];
        expect(a[0] === b[0] || a[1] === b[1], `${wire.from} to ${wire.to} is bent at right angles`).toBe(true);
        for (const [id, spot] of layout.spots) {
          const crosses = along([a, b]).some((point) => inside(point, spot));
          expect(crosses, `${wire.from} to ${wire.to} crosses ${id}`).toBe(false);
        }
      }
    });
  });
});

test("the LSTM looks as in textbooks: the state runs along the top, f keeps it, a and i are added, o lets it out", () => {
  const graph = graphOf(example().blocks[0]!);
  const { spots } = layoutOf(graph, false, false);
  const spot = (id: string): Spot => spots.get(id) as Spot;
  const operation = (into: string, sign: string) =>
    [...graph.nodes.values()].find((node) => node.name === into && node.sign === sign && node.kind === "operation")!;
  expect(["f", "i", "a", "o"].map((gate) => spot(gate).u)).toEqual(
    [...["f", "i", "a", "o"].map((g) => spot(g).u)].sort((x, y) => x - y),
  );
  expect(new Set(["f", "i", "a", "o"].map((gate) => spot(gate).v)).size).toBe(1);
  const keep = [...graph.nodes.values()].find((node) => node.inputs.includes("state-1"))!;
  expect([keep.sign, spot(keep.id).u, spot(keep.id).v]).toEqual(["⊙", spot("f").u, spot("state-1").v]);
  expect(spot(operation("state", "+").id).v).toBe(spot("state-1").v);
  expect(spot("state").v).toBe(spot("state-1").v);
  expect(spot(operation("out", "tanh").id).u).toBe(spot("o").u);
  expect(spot(operation("out", "⊙").id).u).toBe(spot("o").u);
});

test("an operation is worth what its formula gives for the unit", () => {
  const data = CASES.engine.find(({ name }) => name === "lstm")!.data;
  const model = new Model(data);
  const graph = graphOf(data.blocks[0]!);
  const unit = 1;
  const value = (key: string): number => model.values(at(key))[unit]!;
  const trees = [...graph.nodes.values()].filter((node) => node.tree !== null);
  const worths = Object.fromEntries(
    trees.map((node) => [`${node.name} ${node.sign} ${node.root}`, worth(model, 0, node.tree!, 1, unit)]),
  );
  expect(worths["state + true"]).toBeCloseTo(value("0:state@1"), 14);
  expect(worths["out ⊙ true"]).toBeCloseTo(value("0:out@1"), 14);
  expect(worths["out tanh false"]).toBeCloseTo(Math.tanh(value("0:state@1")), 14);
  expect(worths["state ⊙ false"]).toBeCloseTo(value("0:f@1") * value("0:state@0"), 14);
});
