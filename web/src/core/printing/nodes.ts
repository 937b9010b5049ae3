// A formula as it is printed: a tree with numbers and matrices put in, and how to bind it and take it apart.
import type { Place } from "../api";
import type { Step, SymbolTree, Tree } from "../data";

export type Node =
  | ["number", text: string, guard?: number, place?: Place]
  | SymbolTree
  | ["rows", rows: Node[][], place?: Place]
  | ["+", terms: Node[]]
  | ["-", argument: Node]
  | ["product", operation: "hadamard" | "dot" | "outer" | "times", factors: Node[]]
  | ["/", top: Node, bottom: Node]
  | ["^", base: Node, exponent: number]
  | ["call", name: string, argument: Node]
  | ["T", argument: Node]
  | ["sum", low: Step, high: Step, body: Node];

/** A node with `change` applied to each of its children. */
export function rebuild(node: Node, change: (child: Node) => Node): Node {
  switch (node[0]) {
    case "+":
      return ["+", node[1].map(change)];
    case "-":
      return ["-", change(node[1])];
    case "product":
      return ["product", node[1], node[2].map(change)];
    case "/":
      return ["/", change(node[1]), change(node[2])];
    case "^":
      return ["^", change(node[1]), node[2]];
    case "call":
      return ["call", node[1], change(node[2])];
    case "T":
      return ["T", change(node[1])];
    case "sum":
      return ["sum", node[1], node[2], change(node[3])];
    case "rows":
      return ["rows", node[1].map((row) => row.map(change)), node[2]];
    default:
      return node;
  }
}

/** A node and everything below it, parents first. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  const below: Node[] = [];
  rebuild(node, (child) => (below.push(child), child));
  for (const child of below) yield* walk(child);
}

/** A node at time `t` of `steps` steps; a Σ binds its own t, so only its bounds are touched. */
export function bind(node: Node, t: number | null, steps: number | null): Node {
  const settle = (step: Step): Step => {
    if (!Array.isArray(step)) return step;
    const worth = step[0] === "t" ? t : steps;
    return worth === null ? step : worth + step[1];
  };
  if (node[0] === "symbol") {
    const [, name, part, step, entry, isNew] = node;
    return ["symbol", name, part, settle(step), entry, isNew];
  }
  if (node[0] === "sum") return ["sum", settle(node[1]), settle(node[2]), bind(node[3], null, steps)];
  return rebuild(node, (child) => bind(child, t, steps));
}

/** The terms of a Σ whose bounds are numbers, first to last. */
export function termsOf([, low, high, body]: Extract<Node, ["sum", ...unknown[]]>): Node[] {
  if (typeof low !== "number" || typeof high !== "number") return [];
  return Array.from({ length: high - low + 1 }, (_, k) => bind(body, low + k, null));
}

/** A node without the Σ over units, for one unit alone. */
export const dropUnitSum = (node: Node): Node =>
  node[0] === "call" && node[1] === "sum" ? node[2] : rebuild(node, dropUnitSum);

/** Whether two trees are built alike. */
export const alike = (one: Node | Tree, other: Node | Tree): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The name and the number of clip(3), or of between(tanh, 3), the slope of a clip inside of tanh. */
export function numbered(name: string): { name: string; of: string; number: string } | null {
  const found = /^(clip|between)\((?:([a-z_]+), )?([0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?)\)$/.exec(name);
  return found ? { name: found[1] ?? "", of: found[2] ?? "", number: found[3] ?? "" } : null;
}
