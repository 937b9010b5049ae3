// Small questions about places: what is the same, what is part of what, where a mark of a document belongs.
import { listOf } from "../core/lists";
import type { Place } from "../core/api";
import type { Mark, PageData } from "../core/data";
import { parseKey, placeId } from "../core/keys";

/** A place's identity as text; two places are the same where their keys are. */
export const keyOf = placeId;

/** Whether two places are one and the same. */
export const same = (one: Place, other: Place): boolean => keyOf(one) === keyOf(other);

/** The whole quantity that a place is an entry of. */
export const whole = (place: Place): Place => (place.entry === null ? place : { ...place, entry: null });

/** One entry of a place; of a single number, the number. */
export const entryOf = (place: Place, entry: number[]): Place => ({
  ...place,
  entry: entry.length > 0 ? entry : null,
});

/** A quantity of a block, at a step where it has one. */
export const placeOf = (
  block: number,
  name: string,
  t: number | null = null,
  entry: number[] | null = null,
): Place => ({
  block,
  name,
  part: "",
  t,
  entry: entry?.length ? entry : null,
  isNew: false,
});

const overlap = (one: number[] | null, other: number[] | null): boolean =>
  one === null || other === null || one.join() === other.join();

/** Where a mark of a checked document belongs; null where its key cannot be read. */
export function placeOfMark(mark: Mark): Place | null {
  const [key = "", entry] = mark.key.split(/@?\[/);
  const read = parseKey(key);
  if (read === null) return null;
  const own = entry === undefined ? null : entry.replace("]", "").split(",").map(Number);
  return { block: mark.block, ...read, entry: mark.entry ?? own };
}

/** Look up the marks of a place: those of the quantity itself, of its parts and of its entries. */
export function markFinder(data: PageData): (place: Place) => Mark[] {
  const found = new Map<string, { mark: Mark; place: Place }[]>();
  const group = (place: Place) => [place.block, place.name, place.t ?? "", place.isNew].join("|");
  for (const mark of data.marks ?? []) {
    const place = placeOfMark(mark);
    if (place !== null) found.set(group(place), [...(found.get(group(place)) ?? []), { mark, place }]);
  }
  return (place) =>
    (found.get(group(place)) ?? [])
      .filter((one) => one.place.part === "" || place.part === "" || one.place.part === place.part)
      .filter((one) => overlap(one.place.entry, place.entry))
      .map((one) => one.mark);
}

/** All entries of a shape, row by row: [0, 0], [0, 1] …; [] of a single number. */
export function entriesOf(shape: number[]): number[][] {
  return shape.reduce<number[][]>(
    (entries, size) => entries.flatMap((entry) => listOf(size, (_, k) => [...entry, k])),
    [[]],
  );
}

/** How many numbers a shape holds. */
export { sizeOf } from "../core/evaluate";

/** Whether two rows of numbers are the same; no number is the same as no number. */
export const sameNumbers = (one: Float64Array, other: Float64Array): boolean => {
  if (one.length !== other.length) return false;
  for (let k = 0; k < one.length; k += 1) if (!Object.is(one[k], other[k]) && one[k] !== other[k]) return false;
  return true;
};

const MOST_BY_HAND = 100_000; // products of the forward pass; more would keep the page from answering for seconds

/** Whether a model is small enough to be worked by hand. */
export const isHandy = ({ blocks }: PageData): boolean =>
  blocks.reduce((sum, { steps, sizes: { D = 1, H = 1 } }) => sum + steps * 4 * H * (D + H), 0) <= MOST_BY_HAND;
