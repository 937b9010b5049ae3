// What stands at a place of a compiled component and may change: branches, lists, components (see index.ts).
import { effect, end, inRoot, set, state, type Effect, type Source } from "./signals";

type Render = (anchor: ChildNode, ...values: never[]) => unknown;
type Component = (anchor: ChildNode, props: object) => unknown;

interface Item {
  key: unknown;
  value: Source | null;
  index: Source<number> | null;
  branch: Effect;
}

/** The nodes of a branch, which may have others between its first and its last than when it was made. */
function nodesOf({ nodes }: Effect): ChildNode[] {
  const all: ChildNode[] = [];
  for (let node = nodes?.[0] as ChildNode | null; node; node = node === nodes?.[1] ? null : node.nextSibling)
    all.push(node);
  return all;
}

function remove(branch: Effect): void {
  for (const node of nodesOf(branch)) node.remove();
  end(branch);
}

/** At the anchor stands what `choose` says, made anew only when that is another. */
function oneOf(choose: () => unknown, render: (chosen: never) => unknown): void {
  let [chosen, branch]: [unknown, Effect | null] = [null, null];
  effect("choose", () => {
    const now = choose() || null;
    if (now === chosen) return;
    if (branch) remove(branch);
    [chosen, branch] = [now, null];
    if (now !== null) branch = effect("branch", () => render(now as never));
  });
}

function when(anchor: ChildNode, choose: () => unknown): void {
  oneOf(choose, (branch: Render) => branch(anchor));
}
export { when as if };

export function snippet(anchor: ChildNode, choose: () => Render | undefined, ...values: never[]): void {
  oneOf(choose, (branch: Render) => branch(anchor, ...values));
}

export function component(
  anchor: ChildNode,
  choose: () => Component,
  render: (anchor: ChildNode, one: Component) => unknown,
): void {
  oneOf(choose, (one: Component) => render(anchor, one));
}

export const index = (_value: unknown, at: number): number => at;

/** A list: a branch for each value, known by its key. Flags: 1 values change, 2 places do, 4 it fills an element. */
export function each(
  place: ChildNode,
  flags: number,
  list: () => unknown[],
  keyOf: (value: unknown, at: number) => unknown,
  render: (anchor: ChildNode, value: unknown, at: unknown) => void,
): void {
  const anchor = flags & 4 ? place.appendChild(new Text()) : place;
  let items: Item[] = [];

  const make = (key: unknown, given: unknown, at: number): Item => {
    const value = flags & 1 ? state(given) : null;
    const index = flags & 2 ? state(at) : null;
    return { key, value, index, branch: effect("branch", () => render(anchor, value ?? given, index ?? at)) };
  };

  effect("choose", () => {
    const values = list() ?? [];
    const keys = values.map(keyOf);
    if (keys.length !== items.length || items.some(({ key }, at) => key !== keys[at])) {
      const wanted = new Set(keys);
      if (wanted.size < keys.length) throw new Error("two of a list have the same key");
      const before = new Map(items.map((item) => [item.key, item]));
      for (const { key, branch } of items) if (!wanted.has(key)) remove(branch);
      items = keys.map((key, at) => before.get(key) ?? make(key, values[at], at));
      arrange([...items], anchor);
    }
    items.forEach(({ value, index }, at) => {
      if (value) set(value, values[at]);
      if (index) set(index, at);
    });
  });
}

/** Puts the items in their order before the anchor, and moves only those that are not there. */
function arrange(items: Item[], anchor: ChildNode): void {
  for (const { branch } of items.reverse()) {
    if (!branch.nodes) continue;
    const [first, last] = branch.nodes as [ChildNode, ChildNode];
    if (last.nextSibling !== anchor) anchor.before(...nodesOf(branch));
    anchor = first;
  }
}

/** Puts a component into an element, for good. */
export function mount(one: Component, { target }: { target: Element }): void {
  inRoot(() => one(target.appendChild(new Text()), {}));
}
