// Names of quantities as keys (d_state@1, W_new, d_U.r), and places that they stand for.
import type { Place } from "./api";

/** A key taken apart. */
export interface Key {
  name: string;
  part: string;
  isNew: boolean;
  t: number | null;
}

const KEY = /^([A-Za-z][A-Za-z0-9_]*?)(?:\.([A-Za-z][A-Za-z0-9_]*?))?(_new)?(?:@(-?[0-9]+))?$/;

/** The key of a quantity, as exercises/program.py and explore/block.py write it. */
export function keyOf(name: string, part = "", isNew = false, t: number | null = null): string {
  return name + (part && `.${part}`) + (isNew ? "_new" : "") + (t === null ? "" : `@${t}`);
}

/** The key of a place, without block and entry. */
export function keyOfPlace(place: Place): string {
  return keyOf(place.name, place.part, place.isNew, place.t);
}

/** Takes a key apart; null where it is none. */
export function parseKey(key: string): Key | null {
  const found = KEY.exec(key);
  if (!found) return null;
  const [, name, part = "", isNew, t] = found;
  return { name, part, isNew: isNew !== undefined, t: t === undefined ? null : Number(t) };
}

/** A whole quantity. */
export function placeOf(block: number, name: string, t: number | null = null, part = "", isNew = false): Place {
  return { block, name, part, t, entry: null, isNew };
}

/** A text that is the same for equal places only. */
export function placeId(place: Place): string {
  return `${place.block}:${keyOfPlace(place)}${place.entry ? `[${place.entry.join(",")}]` : ""}`;
}
