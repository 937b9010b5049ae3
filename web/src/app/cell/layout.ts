// Where each part of a cell's picture stands. `u` runs along time, `v` across it: the picture lies on wide screens and
// stands upright on narrow ones. What is carried is a straight line, the boxes are a row, x and out_{t−1} rails.
import type { Graph, Node } from "./graph";

export interface Spot {
  u: number;
  v: number;
  /** Half its size along and across. */
  hu: number;
  hv: number;
}

export interface Layout {
  spots: Map<string, Spot>;
  rails: Map<string, number>; // v of what goes to all boxes
  upright: boolean;
  low: [u: number, v: number];
  high: [u: number, v: number];
  lane: number; // v of the first lane beside the boxes
}

interface Sizes {
  chip: [u: number, v: number]; // half sizes
  box: [u: number, v: number];
  op: number;
  column: number; // between boxes
  first: number; // u of the first box
  v: { line: number; unary: number; middle: number; box: number; rail: number };
}

/** The sizes of parts; with the backward pass boxes have a second line. */
function sizesOf(upright: boolean, backward: boolean): Sizes {
  const more = backward ? 18 : 0;
  if (upright) {
    return {
      chip: [20 + more, 42],
      box: [20 + more, 36],
      op: 13,
      column: 66 + 2 * more,
      first: 120 + 3 * more,
      v: { line: 40, unary: 94, middle: 146, box: 242, rail: 302 },
    };
  }
  return {
    chip: [43, 20 + more],
    box: [36, 20 + more],
    op: 13,
    column: 90,
    first: 126,
    v: { line: 0, unary: 60 + more, middle: 110 + more, box: 188 + 2 * more, rail: 250 + 3 * more },
  };
}

/** The order of the boxes: those that come into what is carried, the one that keeps it in front; σ before tanh. */
function orderOf(graph: Graph): { first: string[]; second: string[] } {
  const operations = [...graph.nodes.values()].filter(
    (node) => node.kind === "operation" && node.name === graph.carried,
  );
  const keeps = operations.find((node) => node.inputs.includes(`${graph.carried}-1`) && node.sign === "⊙");
  const sources = (node: Node): string[] =>
    node.inputs.flatMap((id) => {
      const from = graph.nodes.get(id);
      return from?.kind === "operation" ? sources(from) : [id];
    });
  const keepers = new Set(keeps ? sources(keeps) : []);
  const direct = new Set(operations.flatMap(sources));
  const rank = (id: string): number => {
    const node = graph.nodes.get(id) as Node;
    if (keepers.has(id)) return 0;
    if (!direct.has(id)) return feeds(id) ? 1 : 3;
    return node.sign === "σ" ? 1 : 2;
  };
  const feeds = (id: string): boolean =>
    graph.boxes.some((box) => graph.nodes.get(box)?.inputs.includes(id) && (direct.has(box) || feeds(box)));
  const sorted = [...graph.boxes].sort((one, other) => rank(one) - rank(other));
  if (!graph.carried) return { first: [...graph.boxes], second: [] };
  return { first: sorted.filter((id) => rank(id) < 3), second: sorted.filter((id) => rank(id) === 3) };
}

/** Lay a picture out. */
export function layoutOf(graph: Graph, upright: boolean, backward: boolean): Layout {
  const sizes = sizesOf(upright, backward);
  const { v } = sizes;
  const spots = new Map<string, Spot>();
  const put = (id: string, u: number, at: number, [hu, hv]: [number, number]): void => {
    const taken = (): boolean =>
      [...spots.values()].some(
        (one) => Math.abs(one.u - u) < one.hu + hu + 6 && Math.abs(one.v - at) < one.hv + hv + 4,
      );
    while (taken()) u += 10;
    spots.set(id, { u, v: at, hu, hv });
  };
  const op: [number, number] = [sizes.op, sizes.op];
  // Formulas are taken apart from the outside: the operation that comes first is the last.
  const line = [...graph.nodes.values()].filter((node) => onLine(graph, node)).reverse();
  const { first, second } = orderOf(graph);
  first.forEach((id, k) => put(id, sizes.first + k * sizes.column, v.box, sizes.box));

  const gap = sizes.chip[0] + sizes.op + (upright ? 14 : 16);
  const boxesBelow = (node: Node): number[] =>
    node.inputs.flatMap((id) => {
      const from = graph.nodes.get(id);
      if (from?.kind === "operation") return onLine(graph, from) ? [] : boxesBelow(from);
      return from?.kind === "box" ? [spots.get(id)?.u ?? 0] : [];
    });
  let along = sizes.first - sizes.column;
  for (const node of line) {
    along = Math.max(along + 2 * sizes.op + 34, ...boxesBelow(node));
    put(node.id, along, v.line, op);
  }
  const behind = (): number => Math.max(0, ...[...spots.values()].map((one) => one.u + one.hu));
  const reached = graph.carried && line.length > 0 ? along + gap : 0;
  if (reached && graph.carried !== "out") put(graph.carried, reached, v.line, sizes.chip);
  const start = Math.max(spots.get(graph.carried)?.u ?? 0, sizes.first + (first.length - 1) * sizes.column);
  const beside = sizes.chip[0] + (upright ? sizes.op + 24 : 42);
  second.forEach((id, k) =>
    put(id, Math.max(start + beside, sizes.first + first.length * sizes.column) + k * sizes.column, v.box, sizes.box),
  );

  placeOperations(graph, spots, sizes, upright, put, op);
  const isPlaced = (id: string): boolean => spots.has(id);
  for (const node of graph.nodes.values()) {
    if (node.kind !== "value" || isPlaced(node.id)) continue;
    const from = spots.get(node.inputs[0] ?? "");
    const end = node.name === "out" || node.name === "y";
    const at = (from?.u ?? sizes.first) + sizes.op + sizes.chip[0] + 24;
    put(
      node.id,
      end ? Math.max(at, behind() + sizes.chip[0] + (upright ? 8 : 10)) : at,
      graph.carried === "out" && node.name === "out" ? v.line : v.middle,
      sizes.chip,
    );
    placeOperations(graph, spots, sizes, upright, put, op);
  }
  placeEnds(graph, spots, sizes, upright);
  const rails = placeGivens(graph, spots, sizes, upright);
  const all = [...spots.values()];
  const edge = (pick: (one: Spot) => number, of: (...values: number[]) => number, more: number[] = []) =>
    of(...all.map(pick), ...more);
  return {
    spots,
    rails,
    upright,
    lane: v.box - sizes.box[1] - 9,
    low: [edge((s) => s.u - s.hu, Math.min), edge((s) => s.v - s.hv, Math.min)],
    high: [
      edge((s) => s.u + s.hu, Math.max),
      edge(
        (s) => s.v + s.hv,
        Math.max,
        [...rails.values()].map((rail) => rail + 8),
      ),
    ],
  };
}

/** Whether an operation is on the way of what is carried, from the step before to this one. */
function onLine(graph: Graph, node: Node): boolean {
  if (node.kind !== "operation" || !graph.carried || node.name !== graph.carried) return false;
  return node.inputs.some((id) => {
    const from = graph.nodes.get(id);
    return id === `${graph.carried}-1` || (from !== undefined && onLine(graph, from));
  });
}

/** Operations beside the line: above the last box that comes in; with one input, between that and where it goes. */
function placeOperations(
  graph: Graph,
  spots: Map<string, Spot>,
  sizes: Sizes,
  upright: boolean,
  put: (id: string, u: number, v: number, size: [number, number]) => void,
  op: [number, number],
): void {
  const { v } = sizes;
  const wide: [number, number] = upright ? [sizes.op, sizes.op + 6] : [sizes.op + 6, sizes.op];
  const waiting = [...graph.nodes.values()].filter((node) => node.kind === "operation" && !spots.has(node.id));
  const reach = (node: Node): number[] =>
    node.inputs.flatMap((id) => {
      const from = graph.nodes.get(id);
      if (from?.kind === "operation" && !spots.has(id)) return reach(from);
      const spot = spots.get(id);
      return spot && spot.v !== v.line ? [spot.u] : [];
    });
  const width = (node: Node): [number, number] => (node.sign.length > 2 ? wide : op);
  // From the outside in: where an operation stands decides where what comes into it does.
  for (const node of waiting) {
    const target = [...graph.nodes.values()].find((one) => one.inputs.includes(node.id));
    const to = target && spots.get(target.id);
    const ends = reach(node);
    const inputs = node.inputs.map((id) => spots.get(id));
    if (
      inputs.some((spot) => spot === undefined) &&
      !node.inputs.some((id) => graph.nodes.get(id)?.kind === "operation")
    )
      continue;
    if (node.inputs.length > 1 || to === undefined) {
      const from = inputs[0];
      const beside =
        from && node.inputs.length === 1 ? from.u + (from.v === v.box ? 0 : from.hu + 2 * sizes.op + 14) : sizes.first;
      put(node.id, ends.length && node.inputs.length > 1 ? Math.max(...ends) : beside, v.middle, width(node));
    } else {
      const source = inputs[0];
      const aligned = source === undefined || source.v === v.line || Math.abs(source.u - to.u) < 1;
      if (aligned) put(node.id, to.u, v.unary, width(node));
      else put(node.id, (source.u + to.u) / 2, v.middle, width(node));
    }
  }
}

/** The loss, the label, and where what is carried goes on. */
function placeEnds(graph: Graph, spots: Map<string, Spot>, sizes: Sizes, upright: boolean): void {
  const out = spots.get("out") ?? spots.get("y") ?? [...spots.values()].at(-1);
  if (out === undefined) return;
  const [hu, hv] = sizes.chip;
  const far = upright ? 2 * hu + 26 : 2 * hv + 22;
  const low = { hu: upright ? 20 : hu, hv: upright ? hv : 20 }; // the label has no gradient
  const isBox = graph.nodes.get("y")?.kind === "box" || graph.nodes.get("out")?.kind === "box";
  if (graph.nodes.has("loss") && isBox) {
    const u = out.u + 2 * hu + 34;
    spots.set("loss", { u, v: out.v, hu, hv });
    if (graph.nodes.has("label")) spots.set("label", { u, v: out.v - 2 * hv - 22, ...low });
  } else if (graph.nodes.has("loss")) {
    const v = upright ? sizes.v.box - 4 : out.v + far;
    spots.set("loss", { u: out.u, v, hu, hv });
    if (graph.nodes.has("label"))
      spots.set("label", upright ? { u: out.u + hu + 48, v, ...low } : { u: out.u, v: v + hv + 42, ...low });
  }
  const end = out.u + 2 * hu + (upright ? 24 : 26);
  for (const node of graph.nodes.values()) {
    const from = node.kind === "next" ? spots.get(node.inputs[0] ?? "") : undefined;
    if (from) spots.set(node.id, { u: end, v: from.v, hu, hv });
  }
}

/** What comes in: the carried one at the head of its line, the others at the heads of their rails. */
function placeGivens(graph: Graph, spots: Map<string, Spot>, sizes: Sizes, upright: boolean): Map<string, number> {
  const rails = new Map<string, number>();
  const [hu, hv] = sizes.chip;
  const givens = [...graph.nodes.values()].filter((node) => node.kind === "given" && !spots.has(node.id));
  const line = givens.find((node) => node.name === graph.carried);
  if (line) spots.set(line.id, { u: upright ? 18 : 24, v: sizes.v.line, hu, hv });
  let rail = sizes.v.rail;
  for (const node of givens) {
    const toBoxes = graph.boxes.some((box) => graph.nodes.get(box)?.inputs.includes(node.id));
    if (!toBoxes || (node === line && node.name !== "out")) continue;
    rails.set(node.id, rail);
    rail += upright ? 20 : 2 * hv + 8;
  }
  givens
    .filter((node) => node !== line)
    .forEach((node, k) => {
      const v = rails.get(node.id) ?? sizes.v.middle;
      spots.set(
        node.id,
        upright ? { u: 18 - k * (2 * hu + 8), v: sizes.v.rail - 40 + 20 * k, hu, hv } : { u: 24, v, hu, hv },
      );
    });
  return rails;
}
