// A block's forward equations as a picture in the making: boxes, operations and the wires between them; no places yet.
import type { Block, Equation, SymbolTree, Tree } from "../../core/data";
import { children, hasDot, symbolsIn } from "../../core/trees";

/** given: x, out_{t−1}, state_{t−1}; box: a gate; operation: ⊙, +; value: state, out; next: what goes on to t + 1. */
export type Kind = "given" | "box" | "operation" | "value" | "loss" | "next";

export interface Node {
  id: string;
  kind: Kind;
  sign: string; // what is done: σ, tanh, ⊙, +, 1 −
  name: string; // the quantity that it is, or whose equation it belongs to
  dt: number; // its step less t
  tree: Tree | null; // of an operation: what it is worth
  inputs: string[]; // ids
  gradient: string; // the gradient that lies over it; "" where there is none
  root: boolean; // of an operation: whether its result is the quantity itself
}

export interface Wire {
  from: string;
  to: string;
  /** What the wire belongs to when it is chosen: the quantity that flows in it. */
  name: string;
  dt: number;
  tree: Tree | null;
  gradient: string;
  gradientDt: number;
}

export interface Graph {
  nodes: Map<string, Node>;
  wires: Wire[];
  /** What is carried unit by unit along the top: state, of a GRU out; "" where nothing is. */
  carried: string;
  /** The boxes in their order. */
  boxes: string[];
}

const offset = (symbol: SymbolTree): number | null => {
  const step = symbol[3];
  return Array.isArray(step) && step[0] === "t" ? step[1] : null;
};
const idOf = (name: string, dt: number): string => (dt === 0 ? name : `${name}${dt}`);
/** The quantities with steps that a formula takes, each once. */
const takenBy = (tree: Tree): SymbolTree[] => {
  const found = new Map<string, SymbolTree>();
  for (const one of symbolsIn(tree)) {
    const dt = offset(one);
    if (dt !== null) found.set(idOf(one[1], dt), one);
  }
  return [...found.values()];
};

const SIGNS: Record<string, string> = { sigmoid: "σ", hadamard: "⊙", dot: "·", times: "×", outer: "⊗" };

function signOf(tree: Tree): string {
  if (tree[0] === "call") return SIGNS[tree[1]] ?? tree[1];
  if (tree[0] === "product") return SIGNS[tree[1]] ?? "·";
  if (tree[0] === "+") return hasDot(tree) ? "Σ" : "+";
  return tree[0] === "/" ? "÷" : tree[0];
}

/** Which equations are boxes: gates, what takes x or the step before through weights, and what goes into those. */
function boxesOf(block: Block, forward: Equation[]): Set<string> {
  const boxes = new Set(block.gates);
  for (const { left, right } of forward) {
    const takes = takenBy(right);
    const direct = takes.some((one) => one[1] === "x" || offset(one) !== 0);
    if (hasDot(right) && direct) boxes.add(left[1]);
  }
  for (const { left, right } of [...forward].reverse()) {
    if (!boxes.has(left[1])) continue;
    for (const one of takenBy(right)) {
      const computed = forward.some((other) => other.left[1] === one[1]);
      if (computed && offset(one) === 0 && !block.carried.includes(one[1])) boxes.add(one[1]);
    }
  }
  return boxes;
}

/** Draw up the picture of a block. */
export function graphOf(block: Block): Graph {
  const losses = ["delta", "label", "loss"];
  const forward = block.equations.filter((one) => one.phase === "forward" && !losses.includes(one.left[1]));
  const boxes = boxesOf(block, forward);
  const nodes = new Map<string, Node>();
  const wires: Wire[] = [];
  const gradientOf = (name: string, dt: number): string =>
    dt < 0 && `delta_${name}` in block.quantities
      ? `delta_${name}`
      : `d_${name}` in block.quantities
        ? `d_${name}`
        : "";

  const add = (node: Partial<Node> & Pick<Node, "id" | "kind" | "name">): Node => {
    const full = { sign: "", dt: 0, tree: null, inputs: [], gradient: "", root: false, ...node };
    nodes.set(node.id, full);
    return full;
  };
  const source = (name: string, dt: number): string => {
    const id = idOf(name, dt);
    if (!nodes.has(id)) add({ id, kind: "given", name, dt, gradient: gradientOf(name, dt) });
    return id;
  };
  const connect = (from: string, to: Node): void => {
    const { kind, name, dt, tree, gradient, root } = nodes.get(from) as Node;
    const own = kind === "operation" && !root ? gradientOf(to.name, 0) : gradient;
    wires.push({
      from,
      to: to.id,
      name,
      dt,
      tree: root ? null : tree,
      gradient: own,
      gradientDt: kind === "operation" ? 0 : dt,
    });
    to.inputs.push(from);
  };

  /** Take a formula apart into operations; the id of what its value comes from. */
  const expand = (tree: Tree, of: string, root: boolean): string => {
    if (tree[0] === "symbol") return source(tree[1], offset(tree) ?? 0);
    const id = `${of}:${[...nodes.keys()].filter((one) => one.startsWith(`${of}:`)).length}`;
    const node = add({
      id,
      kind: "operation",
      name: of,
      sign: signOf(tree),
      tree,
      gradient: gradientOf(of, 0),
      root,
    });
    let parts = children(tree);
    if (tree[0] === "+" && parts.length === 2 && parts[0]?.[0] === "number" && parts[1]?.[0] === "-") {
      node.sign = `${parts[0][1]} −`;
      parts = [parts[1][1]];
    } else if (tree[0] === "product" && tree[1] === "dot") {
      const weights = parts.filter((part) => part[0] === "symbol" && offset(part) === null);
      node.sign = `${weights.map((part) => part[1]).join(" ")} ·`;
      parts = parts.filter((part) => !weights.includes(part));
    }
    if (parts.some(hasDot) || tree[0] === "sum") parts = takenBy(tree);
    for (const part of parts) if (takenBy(part).length > 0) connect(expand(part, of, false), node);
    return id;
  };

  for (const { left, right } of forward) {
    const name = left[1];
    if (boxes.has(name)) {
      const box = add({ id: name, kind: "box", name, sign: signOf(right), gradient: gradientOf(name, 0) });
      for (const one of takenBy(right)) connect(source(one[1], offset(one) ?? 0), box);
    } else {
      const from = expand(right, name, true);
      const value = add({ id: name, kind: "value", name, gradient: gradientOf(name, 0) });
      connect(from, value);
    }
  }
  addEnds(block, add, connect, nodes);
  const carried = ["state", "out"].find((name) => block.carried.includes(name) && isKept(forward, name)) ?? "";
  return {
    nodes,
    wires,
    carried,
    boxes: [...nodes.values()].filter((node) => node.kind === "box").map((node) => node.id),
  };
}

/** Whether a quantity goes on unit by unit, not through weights alone. */
function isKept(forward: Equation[], name: string): boolean {
  const equation = forward.find((one) => one.left[1] === name);
  return equation !== undefined && !hasDot(equation.right) && takenBy(equation.right).some((one) => one[1] === name);
}

/** The loss (or what comes from above), and what goes on to the next step. */
function addEnds(
  block: Block,
  add: (node: Partial<Node> & Pick<Node, "id" | "kind" | "name">) => Node,
  connect: (from: string, to: Node) => void,
  nodes: Map<string, Node>,
): void {
  const gradient = "delta" in block.quantities ? "delta" : "";
  const last = ["out", "y"].find((name) => nodes.has(name)) ?? [...nodes.keys()].at(-1);
  if (last === undefined) return;
  if ("loss" in block.quantities) {
    const loss = add({ id: "loss", kind: "loss", name: "loss", gradient });
    connect(last, loss);
    if ("label" in block.quantities) {
      add({ id: "label", kind: "given", name: "label" });
      connect("label", loss);
    }
  } else if (gradient) {
    connect(last, add({ id: "loss", kind: "loss", name: last, sign: "above", gradient }));
  }
  for (const name of block.carried) {
    if (!nodes.has(name)) continue;
    const back = `delta_${name}` in block.quantities ? `delta_${name}` : "";
    const next = add({ id: `${name}+`, kind: "next", name, gradient: back || `d_${name}` });
    next.dt = back ? 0 : 1;
    connect(name, next);
  }
}
