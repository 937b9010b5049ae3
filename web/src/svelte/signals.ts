// States, what is derived from them, and effects that run again: the signals of compiled components (see index.ts).

/** Whether a reaction must run again: no; only if what it is derived from did change; yes. */
const [CLEAN, UNSURE, STALE] = [0, 1, 2];

/** A value, and what read it. */
export interface Source<T = unknown> {
  value: T;
  readers: Set<Reaction>;
  /** The last run that read it. */
  seen: number;
  fn: (() => T) | null;
}

interface Reading {
  fn: () => unknown;
  status: number;
  sources: Source[];
}

/** A value that is worked out from others when it is read, and kept as long as they are the same. */
export interface Derived<T = unknown> extends Source<T>, Reading {
  kind: null;
  fn: () => T;
}

/** What an effect does: fill elements; choose what stands at a place; be what stands there; run after all of these. */
export type Kind = "fill" | "choose" | "branch" | "later";

/** A node in the tree of effects: it ends with what it stands in, and runs again after it. */
export interface Effect extends Reading {
  kind: Kind;
  parent: Effect | null;
  owned: Set<Effect | Derived>;
  /** Whether one below has to run again. */
  below: boolean;
  gone: boolean;
  ends: (() => void)[];
  /** The first and the last node of a branch. */
  nodes: [Node, Node] | null;
}

type Reaction = Effect | Derived;

let reader: Reaction | null = null;
/** The run that goes on, how many of the sources of the one before it has read again, and what it read beside them. */
let [turn, turns, same]: [number, number, number] = [0, 0, 0];
let fresh: Source[] = [];
let owner: Effect | null = null;
let queue: Effect[] = [];
let awake = false;

const isEffect = (one: Reaction): one is Effect => one.kind !== null;
const isDerived = (source: Source): source is Derived => source.fn !== null;

/** A state; an object in it is replaced, never changed within. */
export function state<T>(value: T): Source<T> {
  return { value, readers: new Set(), seen: 0, fn: null };
}

export function derived<T>(fn: () => T): Derived<T> {
  const value = undefined as T;
  const made: Derived<T> = { value, readers: new Set(), seen: 0, fn, kind: null, status: STALE, sources: [] };
  owner?.owned.add(made);
  return made;
}

/** The value of a state or of what is derived; whoever reads it runs again when it changes. */
export function get<T>(source: Source<T> | Derived<T>): T {
  if (isDerived(source)) refresh(source);
  if (reader && source.seen !== turn) {
    source.seen = turn;
    if (!fresh.length && reader.sources[same] === source) same += 1;
    else {
      fresh.push(source);
      source.readers.add(reader);
    }
  }
  return source.value;
}

/** Objects are for $state.raw: within a $state nobody would see them change. */
export function proxy<T>(value: T): T {
  if (Array.isArray(value) || value?.constructor === Object) throw new Error("state that is an object is $state.raw");
  return value;
}

export function set<T>(source: Source<T>, value: T, shallow = false): T {
  if (reader && !isEffect(reader)) throw new Error("what is derived sets no state");
  if (shallow) proxy(value);
  if (source.value !== value) {
    source.value = value;
    for (const each of source.readers) mark(each, STALE);
  }
  return value;
}

function mark(one: Reaction, status: number): void {
  const before = one.status;
  one.status = Math.max(before, status);
  if (before !== CLEAN) return;
  if (!isEffect(one)) for (const each of one.readers) mark(each, UNSURE);
  else {
    for (let above = one.parent; above && !above.below; above = above.parent) above.below = true;
    wake();
  }
}

function wake(): void {
  if (!awake) queueMicrotask(flushSync);
  awake = true;
}

function refresh(one: Reaction): void {
  if (one.status === UNSURE)
    for (const source of one.sources) {
      if (isDerived(source)) refresh(source);
      if (one.status === STALE) break;
    }
  if (one.status === STALE) run(one);
  else one.status = CLEAN;
}

function run(one: Reaction): void {
  const [before, above, outer, was, read] = [reader, owner, turn, same, fresh];
  [turn, same, fresh] = [++turns, 0, []];
  one.status = CLEAN; // before it runs: it may set what it read
  try {
    if (!isEffect(one)) {
      reader = one;
      const value = one.fn();
      if (value !== one.value) for (const each of one.readers) each.status &&= STALE;
      one.value = value;
    } else {
      if (one.kind !== "choose") empty(one);
      [reader, owner] = [one.kind === "branch" ? null : one, one];
      const end = one.fn();
      if (one.kind === "later" && typeof end === "function") one.ends.push(end as () => void);
    }
  } catch (error) {
    if (!isEffect(one)) one.status = STALE;
    throw error;
  } finally {
    if (fresh.length || same < one.sources.length) forget(one, same, fresh);
    [reader, owner, turn, same, fresh] = [before, above, outer, was, read];
  }
}

/** Of what a reaction read before, the first so many are still read, and others are beside them. */
function forget(one: Reaction, still: number, others: Source[]): void {
  const { sources } = one;
  for (const source of sources.splice(still)) source.readers.delete(one);
  sources.push(...others);
  for (const source of sources) source.readers.add(one); // what is read twice may have been among the rest
}

/** Ends what an effect owns. */
function empty(effect: Effect): void {
  for (const each of effect.owned) end(each);
  effect.owned.clear();
  const { ends } = effect;
  effect.ends = [];
  untrack(() => ends.forEach((fn) => fn()));
}

/** Ends an effect, or leaves what is derived as it was last. */
export function end(one: Reaction): void {
  forget(one, 0, []);
  if (!isEffect(one)) {
    if (one.value !== undefined) one.status = CLEAN;
    return;
  }
  one.gone = true;
  one.parent?.owned.delete(one);
  empty(one);
}

/** Makes an effect in the one that runs now, and runs it: at once, or after all elements are as they are to be. */
export function effect(kind: Kind, fn: () => unknown): Effect {
  const [parent, owned] = [owner, new Set<Effect | Derived>()];
  const [ends, nodes] = [[], null];
  const made: Effect = { kind, fn, parent, status: STALE, sources: [], owned, below: false, gone: false, ends, nodes };
  owner?.owned.add(made);
  if (kind === "later") {
    queue.push(made);
    wake();
    return made;
  }
  try {
    run(made);
  } catch (error) {
    end(made);
    throw error;
  }
  return made;
}

/** The effect that runs now. */
export const here = (): Effect => owner as Effect;

/** Runs a function whose reading nobody follows. */
export function untrack<T>(fn: () => T): T {
  const before = reader;
  reader = null;
  try {
    return fn();
  } finally {
    reader = before;
  }
}

const root = effect("branch", () => undefined);

/** Runs a function in the root of the tree: what it makes is never ended. */
export function inRoot(fn: () => unknown): void {
  const above = owner;
  owner = root;
  effect("branch", fn);
  owner = above;
}

/** Runs what has to run again, from the root down: what ends with something above it is not run before that. */
function walk(one: Effect): void {
  if (one.status !== CLEAN) one.kind === "later" ? queue.push(one) : attempt(one);
  if (!one.below) return;
  one.below = false;
  for (const each of one.owned) if (isEffect(each)) walk(each);
}

/** One that fails does not keep the others from running. */
function attempt(one: Effect): void {
  try {
    if (!one.gone) refresh(one);
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}

/** Brings everything up to date now, after the function if one is given. */
export function flushSync(fn?: () => void): void {
  fn?.();
  awake = false;
  for (let round = 0; root.below || queue.length; round++) {
    if (round > 1000) throw new Error("effects that set one another off without end");
    walk(root);
    const later = queue;
    queue = [];
    later.forEach(attempt);
  }
}

/** Resolves when everything is up to date. */
export async function tick(): Promise<void> {
  await Promise.resolve();
  flushSync();
}
