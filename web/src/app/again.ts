// What is worked out anew after a change and comes out the same stays the same object: what shows it need not run again.
import { sameNumbers } from "./places";

/** The new value, with whatever of the one before is as it was in place of its copy. */
export function again<T>(before: T | undefined, now: T): T {
  if (before === now || typeof before !== "object" || typeof now !== "object" || !before || !now) return now;
  if (now instanceof Float64Array)
    return before instanceof Float64Array && sameNumbers(before, now) ? before : now;
  if (Array.isArray(before) !== Array.isArray(now)) return now;
  const [old, own] = [before as Record<string, unknown>, now as Record<string, unknown>];
  const keys = Object.keys(own);
  let isSame = keys.length === Object.keys(old).length;
  for (const key of keys) {
    own[key] = again(old[key], own[key]);
    isSame &&= own[key] === old[key] && key in old;
  }
  return isSame ? before : now;
}

/** A function that works something out, and gives what is the same as the last time as it was. */
export function keeping<T>(work: () => T): () => T {
  let last: T | undefined;
  return () => (last = again(last, work()));
}
