// Numbers by place: parts and entries, what exists, what is given and what may be changed.
import { listOf } from "../lists";
import type { Place } from "../api";
import { sizeOf } from "../evaluate";
import type { Engine, GivenRange } from "./engine";
import { keyOf, keyOfPlace, placeId, placeOf } from "../keys";
import type { Ref } from "../layout";
import { leftOf, type Uses } from "./uses";

const NOTHING = new Float64Array(0);
const RATE = "learning_rate";

/** Reads a model's numbers, and finds those that are given. */
export class Readings {
  readonly #known = new Set<string>();
  readonly #ranges = new Map<string, GivenRange>();
  readonly #engine: Engine;
  /** The given numbers that an update changes. */
  readonly #parameters: GivenRange[];

  constructor(engine: Engine, uses: Uses) {
    const { blocks } = engine.data;
    this.#engine = engine;
    for (const range of engine.ranges) this.#ranges.set(`${range.block}:${range.key}`, range);
    const worked = engine.order.map((work) => placeId(leftOf(work)));
    this.#known = new Set([...this.#ranges.keys(), ...worked]);
    blocks.forEach((block, k) => {
      const linked =
        blocks.some(({ below }) => below?.block === k) && block.equations.some(({ phase }) => phase === "backward");
      for (let t = 0; t < block.steps; t++) {
        for (const name of [...(block.below ? ["x"] : []), ...Object.keys(block.beside ?? {})]) {
          this.#known.add(`${k}:${name}@${t}`);
        }
        if (linked || uses.linkOf(placeOf(k, "delta", t)).length) this.#known.add(`${k}:delta@${t}`);
      }
    });
    this.#parameters = engine.ranges.filter(
      ({ block, key }) => !key.includes("@") && uses.workOf({ ...placeOf(block, key), isNew: true }),
    );
  }

  /** Values of a place in one of the engine's arrays; empty where there is none. */
  values(place: Place, numbers: Float64Array): Float64Array {
    const span = this.exists(place) ? this.#span(place) : null;
    return span ? numbers.slice(...span) : NOTHING;
  }

  shape(place: Place): number[] {
    return place.entry ? [] : (this.#find(place)?.shape ?? []);
  }

  exists(place: Place): boolean {
    const { block, name, part, t } = place;
    const { joined, byPart, quantities } = this.#engine.data.blocks[block] ?? {};
    if (!joined) return false;
    if (this.#known.has(`${block}:${keyOfPlace(place)}`)) return true;
    if (part) return (quantities[name]?.parts ?? []).includes(part) && this.exists({ ...place, part: "" });
    if (joined[name]) return joined[name].every((each) => this.exists(placeOf(block, each, t)));
    return t === null && !!byPart[name]?.every((each) => this.#known.has(`${block}:${keyOf(name, each)}`));
  }

  isGiven(place: Place): boolean {
    const { block, name, isNew, t } = place;
    return this.#ranges.has(`${block}:${keyOf(name, "", isNew, t)}`) && (!place.part || this.exists(place));
  }

  /** What is given and no boundary value: parameters, λ, x, labels, initial values. */
  canSet(place: Place): boolean {
    if (!this.isGiven(place) || /^(d_|delta)/.test(place.name)) return false;
    return this.#engine.data.blocks[place.block].carried.includes(place.name) || !/^carried(_|$)/.test(place.name);
  }

  /** Where the given numbers stand that a change of this place puts in: λ is the same in all blocks. */
  settable(place: Place): number[] {
    if (place.name === RATE) return this.#engine.ranges.filter(({ key }) => key === RATE).map(({ start }) => start);
    const [start, end] = this.#span(place) ?? [0, 0];
    return listOf(end - start, (_, k) => start + k);
  }

  // Parameters -------------------------------------------------------------------------------------------------

  get hasParameters(): boolean {
    return this.#parameters.length > 0;
  }

  /** Puts in the parameters that stand in an array like that of what is given. */
  putParameters(all: Float64Array): void {
    for (const { start, size } of this.#parameters) {
      this.#engine.given.set(all.subarray(start, start + size), start);
    }
  }

  /** Makes the updated parameters the given ones. */
  takeUpdated(): void {
    for (const { block, key, start, size } of this.#parameters) {
      const updated = this.#engine.places[block].find(key, "", true, false)?.start ?? start;
      this.#engine.given.set(this.#engine.numbers.subarray(updated, updated + size), start);
    }
  }

  #find({ block, name, part, isNew, t }: Place): Ref | null {
    return this.#engine.places[block]?.find(name, part, isNew, t !== null) ?? null;
  }

  /** From where to where the numbers of a place stand; null where there are none. */
  #span(place: Place): [start: number, end: number] | null {
    const ref = this.#find(place);
    if (!ref) return null;
    const { entry, t } = place;
    const { shape, size } = ref;
    const start = ref.start + (t ?? 0) * ref.step;
    if (!entry) return [start, start + size];
    if (entry.length === 0 && sizeOf(shape) === 1) return [start, start + 1];
    if (entry.length !== shape.length || entry.some((index, k) => !(index >= 0 && index < shape[k]))) return null;
    const index = start + entry.reduce((before, own, k) => before * shape[k] + own, 0);
    return [index, index + 1];
  }
}
