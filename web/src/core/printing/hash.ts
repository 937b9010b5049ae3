// A place in the page's address, #0:d_state@1[0], and back.
import type { ModelApi, Place } from "../api";
import { parseKey, placeId } from "../keys";

/** The address of a place. */
export const toHash = (place: Place): string => `#${placeId(place)}`;

/** The place that an address names; null where the model has none. */
export function fromHash(hash: string, model: ModelApi): Place | null {
  let plain = hash;
  try {
    plain = decodeURIComponent(hash);
  } catch {
    return null;
  }
  const found = /^#?([0-9]{1,4}):([^[\]]{1,80})(?:\[([0-9]{1,9}(?:,[0-9]{1,9})?)\])?$/.exec(plain);
  const key = found && parseKey(found[2]);
  const block = Number(found?.[1]);
  if (!found || !key || !model.data.blocks[block]) return null;
  const entry = found[3] ? found[3].split(",").map(Number) : null;
  const place: Place = { block, ...key, entry };
  if (!model.exists({ ...place, entry: null })) return null;
  if (entry === null) return place;
  const shape = model.shape({ ...place, entry: null });
  return entry.length === shape.length && entry.every((index, k) => index < shape[k]) ? place : null;
}
