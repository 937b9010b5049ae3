// How large the terms are that a formula adds up, as a formula of its own: what rounding errors are relative to.
import type { Tree } from "../data";
import { rebuild } from "../trees";

const one: Tree = ["number", "1"];
const plus = (...terms: Tree[]): Tree => ["+", terms];
const times = (factor: string, tree: Tree): Tree => ["product", "times", [["number", factor], tree]];

/** The formula with each number without its sign and each difference as a sum, so that nothing cancels. */
export function sizesOf(tree: Tree): Tree {
  switch (tree[0]) {
    case "number":
      return ["number", tree[1].replace(/^-/, "")];
    case "symbol":
      return ["call", "abs", tree];
    case "-":
      return sizesOf(tree[1]);
    case "/": // what is divided by is taken as it is: larger terms of it would make the quotient smaller
      return ["/", sizesOf(tree[1]), ["call", "abs", tree[2]]];
    case "call":
      return sizeOfCall(tree[1], sizesOf(tree[2]));
    default:
      return rebuild(tree, sizesOf);
  }
}

/** As the rows of functions.py have it: errors of an argument come through at most as large as they are. */
function sizeOfCall(name: string, argument: Tree): Tree {
  const ones: Tree = ["call", "exp", times("0", argument)];
  if (name === "sum" || name === "max" || name === "exp" || name === "sqrt") return ["call", name, argument];
  if (name === "log") return plus(one, ["call", "abs", ["call", "log", argument]]);
  if (name === "g") return plus(["number", "2"], times("4", plus(one, argument)));
  if (name === "h") return plus(one, times("2", plus(one, argument)));
  if (["sigmoid", "step", "hard_sigmoid", "inside", "softplus"].includes(name)) return plus(one, argument);
  return name === "softmax" || name.startsWith("between") ? ones : argument;
}
