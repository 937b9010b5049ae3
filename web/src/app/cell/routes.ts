// The ways of wires between the parts of a cell's picture: corners only, along time or across it.
import type { Graph, Wire } from "./graph";
import type { Layout, Spot } from "./layout";

export type Point = [u: number, v: number];

const PORT = 15; // between wires that come into one box
const LANE = 9; // between wires that run beside the boxes

/** The corners of every wire, in the order of the graph's wires. */
export function routesOf(graph: Graph, layout: Layout): Point[][] {
  let lanes = 0;
  const lane = (): number => layout.lane - LANE * lanes++;
  return graph.wires.map((wire) => {
    const from = layout.spots.get(wire.from);
    const to = layout.spots.get(wire.to);
    if (from === undefined || to === undefined) return [];
    return straightened(route(graph, layout, wire, from, to, lane));
  });
}

function route(graph: Graph, layout: Layout, wire: Wire, from: Spot, to: Spot, lane: () => number): Point[] {
  const target = graph.nodes.get(wire.to);
  const source = graph.nodes.get(wire.from);
  if (target?.kind === "box") return intoBox(graph, layout, wire, from, to, lane);
  if (target?.kind === "loss") {
    const down = Math.abs(from.v - to.v) >= Math.abs(from.u - to.u);
    if (down)
      return [
        [from.u, from.v + Math.sign(to.v - from.v) * from.hv],
        [to.u, to.v - Math.sign(to.v - from.v) * to.hv],
      ];
    const side = Math.sign(to.u - from.u);
    return [
      [from.u + side * from.hu, from.v],
      [to.u - side * to.hu, to.v],
    ];
  }
  const after: Point = [from.u + from.hu, from.v];
  if (Math.abs(from.v - to.v) < 1) return [after, [to.u - to.hu, to.v]];
  const side = Math.sign(to.v - from.v); // −1: to the line
  const leaves: Point = [from.u, from.v + side * from.hv];
  if (Math.abs(from.u - to.u) < 1) return [leaves, [to.u, to.v - side * to.hv]];
  if (source?.kind === "box" || source?.kind === "operation") {
    const straight = source.kind === "box" && !isOnLine(layout, graph, to);
    if (straight) return [leaves, [from.u, to.v], [to.u - Math.sign(to.u - from.u) * to.hu, to.v]];
    const half = (from.v + side * from.hv + to.v - side * to.hv) / 2;
    return [leaves, [from.u, half], [to.u, half], [to.u, to.v - side * to.hv]];
  }
  // From what is carried: along the line, then across to what is beside it.
  if (to.u > from.u + from.hu) return [after, [to.u, from.v], [to.u, to.v - side * to.hv]];
  return [leaves, [from.u, to.v], [to.u - Math.sign(to.u - from.u) * to.hu, to.v]];
}

const isOnLine = (layout: Layout, graph: Graph, spot: Spot): boolean =>
  spot.v === (layout.spots.get(`${graph.carried}-1`)?.v ?? NaN);

/** Into a box: from its rail, from the box before it, or over a lane beside the boxes. */
function intoBox(graph: Graph, layout: Layout, wire: Wire, from: Spot, to: Spot, lane: () => number): Point[] {
  const inputs = graph.nodes.get(wire.to)?.inputs ?? [];
  const railed = inputs.filter((id) => layout.rails.has(id));
  const rail = layout.rails.get(wire.from);
  if (rail !== undefined) {
    const order = railed.sort((one, other) => (layout.rails.get(one) ?? 0) - (layout.rails.get(other) ?? 0));
    const middle = (order.length - 1) / 2;
    const port = to.u + (order.indexOf(wire.from) - middle) * PORT;
    return [...toRail(from, rail, layout.upright), [port, rail], [port, to.v + to.hv]];
  }
  const beside = Math.abs(from.v - to.v) < 1 && from.u < to.u;
  const between = [...layout.spots.values()].some((one) => one.v === to.v && one.u > from.u && one.u < to.u);
  if (beside && !between)
    return [
      [from.u + from.hu, from.v],
      [to.u - to.hu, to.v],
    ];
  const over = inputs.filter((id) => !layout.rails.has(id));
  const port = to.u - to.hu * 0.55 + over.indexOf(wire.from) * 10;
  const at = lane();
  if (from.v === to.v)
    return [
      [from.u + 12, from.v - from.hv],
      [from.u + 12, at],
      [port, at],
      [port, to.v - to.hv],
    ];
  const leave = from.u + from.hu * 0.5;
  return [
    [leave, from.v + from.hv],
    [leave, at],
    [port, at],
    [port, to.v - to.hv],
  ];
}

/** From a given to its rail. */
function toRail(from: Spot, rail: number, upright: boolean): Point[] {
  if (upright) return [[from.u + from.hu, rail]];
  if (Math.abs(from.v - rail) < 1) return [[from.u + from.hu, rail]];
  const leave = from.u - from.hu - 8; // past what stands between it and its rail
  return [
    [from.u - from.hu, from.v],
    [leave, from.v],
    [leave, rail],
  ];
}

/** Without corners that are none. */
function straightened(points: Point[]): Point[] {
  return points.filter((point, k) => {
    const [before, after] = [points[k - 1], points[k + 1]];
    if (before && Math.hypot(point[0] - before[0], point[1] - before[1]) < 0.5) return false;
    if (!before || !after) return true;
    const inLine = (c: 0 | 1) => Math.abs(point[c] - before[c]) < 0.5 && Math.abs(point[c] - after[c]) < 0.5;
    return !inLine(0) && !inLine(1);
  });
}

/** Points as they stand on the page. */
export const placed = (points: Point[], upright: boolean): [x: number, y: number][] =>
  upright ? points.map(([u, v]) => [v, u]) : points;

/** A path through points. */
export const pathOf = (points: [number, number][]): string =>
  points.map(([x, y], k) => `${k === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** An arrow's head at the last point, as the points of a polygon. */
export function headOf(points: [number, number][], size: number): string {
  const [tip, before] = [points.at(-1), points.at(-2)];
  if (!tip || !before) return "";
  const length = Math.hypot(tip[0] - before[0], tip[1] - before[1]) || 1;
  const [x, y] = [(tip[0] - before[0]) / length, (tip[1] - before[1]) / length];
  const corner = (side: number) => [
    tip[0] - size * x - side * size * 0.6 * y,
    tip[1] - size * y + side * size * 0.6 * x,
  ];
  return [tip, corner(1), corner(-1)]
    .map(([a, b]) => `${(a as number).toFixed(1)},${(b as number).toFixed(1)}`)
    .join(" ");
}
