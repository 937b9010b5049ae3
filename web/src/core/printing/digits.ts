// The digits of a model's quantities as they are shown, each entry in its own style: as teach/worksheet/work does it.
import { listOf } from "../lists";
import type { Place } from "../api";
import type { Block, SymbolTree } from "../data";
import { sizeOf, type Value } from "../evaluate";
import { outputOf } from "../layout";
import { entryOf, lineOf, partOf, shapeOf } from "./entries";
import type { Node } from "../trees";
import { asGiven, DOUBT, type Shown, shown, type Style, styleFor, unitOf } from "../numbers";
import type { Scene } from "./names";
import { COLUMN, sizesOf, settled, tooLong } from "./substitution";

/** In place of a number of guard digits: the whole float, whatever its style. */
export const RAW = -1;

const MISSING: Shown = { text: "missing", guard: 0 };

/** What a block of a model shows in so many digits. It holds for one version of the model. */
export class Digits {
  readonly block: Block;
  #styles = new Map<string, Style[]>();
  /** Sums of the middle terms of long Σ, by their bodies. */
  readonly middles = new WeakMap<Node, Value>();

  constructor(
    readonly scene: Scene,
    readonly digits: number,
  ) {
    this.block = scene.model.data.blocks[scene.block];
  }

  /** The place of a bound symbol, without its entry. */
  whole([, name, part, step, , isNew]: SymbolTree): Place {
    return { block: this.scene.block, name, part, t: step as number | null, entry: null, isNew };
  }

  /** The shape of a place: [] of a number. */
  shape(place: Place): number[] {
    return place.entry ? [] : shapeOf(this.block, place.name, place.part);
  }

  /** How many numbers a place has. */
  size(place: Place): number {
    return sizeOf(this.shape(place));
  }

  /** The formula that a place is worked out by, boundary values put in; null of what is given. */
  formula(place: Place): Node | null {
    const formula = this.scene.model.formula(lineOf(this.block, place));
    return formula && this.picked(formula, place);
  }

  /** A whole quantity's formula with the part and the entry of a place picked out of it. */
  picked(formula: Node, place: Place): Node {
    const alone = lineOf(this.block, place).part === place.part;
    const part = alone ? formula : partOf(this.block, formula, place.part);
    if (!place.entry || this.size({ ...place, entry: null }) === 1) return part;
    return entryOf(this.block, part, place.entry);
  }

  isGiven(place: Place): boolean {
    return this.scene.model.isGiven({ ...place, entry: null });
  }

  // Styles and digits -----------------------------------------------------------------------------------------

  /** How a number is written by itself. */
  readonly styleOf = (value: number): Style => styleFor(value, this.digits, this.scene.model.data.ties);

  /** How each entry of a place is written: with fewer digits where float64 has no more. */
  styles(place: Place): Style[] {
    const key = `${place.name}.${place.part}@${place.t}${place.isNew}[${place.entry}]`;
    let styles = this.#styles.get(key);
    if (!styles) {
      styles = Array.from(this.scene.model.values(place), this.styleOf);
      this.#styles.set(key, styles);
      if (styles.length <= COLUMN && !this.isGiven(place)) styles = this.#relieved(place, styles);
      this.#styles.set(key, styles);
    }
    return styles;
  }

  /** Styles with fewer digits where 1 − a² has lost them, so that the line works out. */
  #relieved(place: Place, styles: Style[]): Style[] {
    const formula = this.formula(place);
    if (!formula || tooLong(this, formula, place)) return styles;
    const values = this.scene.model.values(place);
    const terms = sizesOf(this, formula, styles.length);
    const strained = styles.map((style, k) => 10 * DOUBT * terms[k] > unitOf(style, values[k]));
    if (!strained.some(Boolean) || settled(this, formula, place, styles)[1]) return styles;
    for (let digits = this.digits; digits > 0; digits--) {
      const fewer = styles.map((style, k) => (strained[k] ? { ...style, digits, significant: true } : style));
      if (settled(this, formula, place, fewer)[1]) return fewer;
    }
    return styles;
  }

  /** The k-th entry of a place as it is shown, with so many guard digits; RAW: as it is. */
  #number(place: Place, values: ArrayLike<number>, k: number, guard: number): Shown {
    const value = values[k];
    if (Number.isNaN(value)) return place.name === "label" ? this.#instead(place, k, guard) : MISSING;
    if (guard === RAW) return { text: String(value), guard: 0 };
    const own = this.isGiven(place) && asGiven(value, this.digits);
    return own || shown(values.length > COLUMN ? this.styleOf(value) : this.styles(place)[k], value, guard);
  }

  /** Where a label is missing, the output stands in, so that the difference is 0. */
  #instead(place: Place, k: number, guard: number): Shown {
    const out = { ...place, name: outputOf(this.block) };
    return this.#number(out, this.scene.model.values(out), k, guard);
  }

  /** A symbol's numbers as a node: a number, a column, a row or a matrix, each entry with its place. */
  array(symbol: SymbolTree, guard = 0, missing = false): Node {
    const entry = symbol[4];
    const place = this.whole(symbol);
    const shape = this.shape(place);
    const [rows = 1, columns = 1] = shape;
    const single = entry && !entry.includes(null) && shape.length > 0;
    const base = single ? { ...place, entry: (entry as number[]).slice(0, shape.length) } : place;
    const values = this.scene.model.values(base);
    const node = (k: number, own: Place): Node => {
      const { text, guard: low } =
        missing && Number.isNaN(values[k]) ? MISSING : this.#number(base, values, k, guard);
      return ["number", text, low, own];
    };
    if (values.length === 1) return node(0, this.scene.model.exists(base) ? base : place);
    const at = (i: number, j: number): Node =>
      node(i * columns + j, { ...place, entry: shape.length > 1 ? [i, j] : [i] });
    const along = <T>(count: number, f: (k: number) => T): T[] => listOf(count, (_, k) => f(k));
    if (!entry) return ["rows", along(rows, (i) => along(columns, (j) => at(i, j))), place];
    const [i, j] = entry;
    return ["rows", [i === null ? along(rows, (k) => at(k, j ?? 0)) : along(columns, (k) => at(i, k))], place];
  }
}
