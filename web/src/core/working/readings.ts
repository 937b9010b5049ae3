// Numbers by place: parts and entries, what exists, what is given and what may be changed.
import type { Place } from "../api";
import type { Engine, GivenRange } from "./engine";
import { keyOf, keyOfPlace, placeId, placeOf } from "../keys";
import type { Ref } from "../layout";
import { sizeOf } from "../layout";
import type { Uses } from "./uses";
import { leftOf } from "./uses";

const NOTHING = new Float64Array(0);
const RATE = "learning_rate";

/** Reads a model's numbers, and finds those that are given. */
export class Readings {
  private readonly known = new Set<string>();
  private readonly ranges = new Map<string, GivenRange>();

  constructor(
    private readonly engine: Engine,
    private readonly uses: Uses,
  ) {
    for (const range of engine.ranges) {
      this.ranges.set(`${range.block}:${range.key}`, range);
      this.known.add(`${range.block}:${range.key}`);
    }
    for (const work of engine.order) this.known.add(placeId(leftOf(work)));
    engine.data.blocks.forEach((block, k) => {
      for (let t = 0; t < block.steps; t++) {
        for (const name of ["x", "delta"]) {
          if (uses.linkOf(placeOf(k, name, t)).length) this.known.add(`${k}:${keyOf(name, "", false, t)}`);
        }
      }
      const hasDelta = block.equations.some(({ phase }) => phase === "backward");
      const linked = engine.data.blocks.some((each) => each.below?.block === k);
      for (let t = 0; hasDelta && linked && t < block.steps; t++) this.known.add(`${k}:delta@${t}`);
    });
  }

  /** Values of a place in one of the engine's arrays; empty where there is none. */
  values(place: Place, numbers: Float64Array): Float64Array {
    if (!this.exists(place)) return NOTHING;
    const ref = this.find(place);
    if (!ref) return NOTHING;
    const start = ref.start + (place.t ?? 0) * ref.step;
    if (!place.entry) return numbers.slice(start, start + ref.size);
    const index = indexOf(place.entry, ref.shape);
    return index === null ? NOTHING : numbers.slice(start + index, start + index + 1);
  }

  shape(place: Place): number[] {
    return place.entry ? [] : (this.find(place)?.shape ?? []);
  }

  exists(place: Place): boolean {
    const block = this.engine.data.blocks[place.block];
    if (!block) return false;
    if (this.known.has(`${place.block}:${keyOfPlace(place)}`)) return true;
    if (place.part) {
      const parts = block.quantities[place.name]?.parts ?? [];
      return parts.includes(place.part) && this.exists({ ...place, part: "" });
    }
    const { name, t } = place;
    if (block.joined[name]) return block.joined[name].every((each) => this.exists(placeOf(place.block, each, t)));
    const parts = block.byPart[name];
    return !!parts && t === null && parts.every((part) => this.known.has(`${place.block}:${keyOf(name, part)}`));
  }

  isGiven(place: Place): boolean {
    return this.rangeOf(place) !== null;
  }

  /** What is given and no boundary value: parameters, λ, x, labels, initial values. */
  canSet(place: Place): boolean {
    const { carried } = this.engine.data.blocks[place.block] ?? { carried: [] };
    if (!this.isGiven(place) || /^(d_|delta)/.test(place.name)) return false;
    return carried.includes(place.name) || !/^carried(_|$)/.test(place.name);
  }

  /** Where the given numbers stand that a change of this place puts in: λ is the same in all blocks. */
  settable(place: Place): number[] {
    if (place.name === RATE) return this.engine.ranges.filter(({ key }) => key === RATE).map(({ start }) => start);
    const ref = this.find(place);
    if (!ref) return [];
    const start = ref.start + (place.t ?? 0) * ref.step;
    if (!place.entry) return Array.from({ length: ref.size }, (_, k) => start + k);
    const index = indexOf(place.entry, ref.shape);
    return index === null ? [] : [start + index];
  }

  // Parameters -------------------------------------------------------------------------------------------------

  /** All parameters in one row. */
  parameters(): Float64Array {
    const own = this.parameterRanges().map(({ start, size }) => this.engine.given.slice(start, start + size));
    const all = new Float64Array(own.reduce((size, each) => size + each.length, 0));
    let place = 0;
    for (const each of own) {
      all.set(each, place);
      place += each.length;
    }
    return all;
  }

  /** Puts in what `parameters` gave. */
  putParameters(all: Float64Array): void {
    let place = 0;
    for (const { start, size } of this.parameterRanges()) {
      this.engine.given.set(all.subarray(place, place + size), start);
      place += size;
    }
  }

  /** Makes the updated parameters the given ones. */
  takeUpdated(): void {
    for (const { block, key, start, size } of this.parameterRanges()) {
      const updated = this.engine.places[block].find(key, "", true, false);
      if (updated) this.engine.given.set(this.engine.numbers.subarray(updated.start, updated.start + size), start);
    }
  }

  private parameterRanges(): GivenRange[] {
    return this.engine.ranges.filter(({ block, key }) => {
      const place = { ...placeOf(block, key), isNew: true };
      return !key.includes("@") && this.uses.workOf(place) !== null;
    });
  }

  private rangeOf(place: Place): GivenRange | null {
    const { block, name, isNew, t } = place;
    const found = this.ranges.get(`${block}:${keyOf(name, "", isNew, t)}`) ?? null;
    return found && (!place.part || this.exists(place)) ? found : null;
  }

  private find({ block, name, part, isNew, t }: Place): Ref | null {
    return this.engine.places[block]?.find(name, part, isNew, t !== null) ?? null;
  }
}

/** Which of the numbers, row by row, an entry is; null where it is none. */
function indexOf(entry: number[], shape: number[]): number | null {
  if (entry.length === 0 && sizeOf(shape) === 1) return 0;
  if (entry.length !== shape.length || entry.some((place, k) => !(place >= 0 && place < shape[k]))) return null;
  return entry.reduce((index, place, k) => index * shape[k] + place, 0);
}
