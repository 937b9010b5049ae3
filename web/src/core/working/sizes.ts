// How large the terms are that a formula adds up, as a formula of its own: what rounding errors are relative to.
import { type Node, rebuild } from "../trees";

/** constant + factor · tree */
const line = (constant: string, factor: string, tree: Node): Node => [
  "+",
  [["number", constant], ["product", "times", [["number", factor], tree]]],
];

/** The formula with each number without its sign and each difference as a sum, so that nothing cancels. */
export function sizesOf<N extends Node>(tree: N): N {
  return sized(tree) as N; // what it makes of a tree of symbols is one, too
}

function sized(tree: Node): Node {
  switch (tree[0]) {
    case "number":
      return ["number", tree[1].replace(/^-/, "")];
    case "symbol":
      return ["call", "abs", tree];
    case "-":
      return sized(tree[1]);
    case "/": // what is divided by is taken as it is: larger terms of it would make the quotient smaller
      return ["/", sized(tree[1]), ["call", "abs", tree[2]]];
    case "call":
      return sizeOfCall(tree[1], sized(tree[2]));
    default:
      return rebuild(tree, sized);
  }
}

/** As the rows of functions.py have it: errors of an argument come through at most as large as they are. */
function sizeOfCall(name: string, argument: Node): Node {
  if (["sum", "max", "exp", "sqrt"].includes(name)) return ["call", name, argument];
  if (name === "log") return line("1", "1", ["call", "abs", ["call", name, argument]]);
  if (name === "g") return line("6", "4", argument);
  if (name === "h") return line("3", "2", argument);
  if (name === "softmax" || name.startsWith("between")) return line("1", "0", argument);
  const added = ["sigmoid", "step", "hard_sigmoid", "inside", "softplus"].includes(name);
  return added ? line("1", "1", argument) : argument;
}
