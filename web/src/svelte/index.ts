// What compiled Svelte components call, as far as these pages use it: this stands in the built pages in the place of
// Svelte's own runtime, which is five times as long, since it also awaits, hydrates, animates and knows Svelte 4.
// vite.config.ts puts it there, for the version of Svelte in package.json; a name that is missing stops the build.
import { effect } from "./signals";

export * from "./blocks";
export * from "./elements";
export { derived, flushSync, get, proxy, set, state, tick, untrack } from "./signals";
export { child as only_child } from "./elements";

const root = globalThis.window;
export { root as window };

/** What Svelte does only when it takes over elements from a server, or for contexts. */
/* @__NO_SIDE_EFFECTS__ */
export function noop(..._any: unknown[]): void {}
export { noop as next, noop as remove_input_defaults, noop as remove_textarea_child, noop as reset };

let later: (() => unknown)[] = [];
const outer: (typeof later)[] = [];

/** A component begins: its effects run after those of the components within it. */
export function push(..._any: unknown[]): void {
  outer.push(later);
  later = [];
}

export function pop(): void {
  const own = later;
  later = outer.pop() ?? [];
  own.forEach((fn) => effect("later", fn));
}

export function user_effect(fn: () => unknown): void {
  later.push(fn);
}

/** A prop with a value for when none is given. */
export function prop<T>(props: Record<string, T | undefined>, name: string, flags: number, other: T | (() => T)) {
  const rest = flags & 16 ? (other as () => T)() : (other as T);
  return (): T => fallback(props[name], rest);
}

export function fallback<T>(value: T | undefined, other: T | (() => T), isMade = false): T {
  if (value !== undefined) return value;
  return isMade ? (other as () => T)() : (other as T);
}

export const to_array = <T>(value: Iterable<T>): T[] => (Array.isArray(value) ? value : [...value]);

let ids = 0;
export const props_id = (): string => `c${++ids}`;

