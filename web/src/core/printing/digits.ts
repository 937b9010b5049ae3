// The digits of a model's quantities as they are shown, each entry in its own style: as teach/worksheet/work does it.
import type { Place } from "../api";
import type { Block, SymbolTree } from "../data";
import { entryOf, partOf, shapeOf } from "./entries";
import type { Node } from "./nodes";
import { asGiven, DOUBT, type Shown, shown, type Style, styleFor, unitOf } from "./numbers";
import type { Scene } from "./pieces";
import { COLUMN, sizesOf, settled, tooLong } from "./substitution";

const product = (sizes: number[]): number => sizes.reduce((a, b) => a * b, 1);

/** What a block of a model shows in so many digits. It holds for one version of the model. */
export class Digits {
  readonly block: Block;
  #styles = new Map<string, Style[]>();

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
    return product(this.shape(place));
  }

  /** The formula that a place is worked out by, boundary values put in; null of what is given. */
  formula(place: Place): Node | null {
    const own = !place.part || this.block.byPart[place.name] !== undefined;
    const formula = this.scene.model.formula({ ...place, part: own ? place.part : "", entry: null });
    return formula && this.picked(formula, place);
  }

  /** A whole quantity's formula with the part and the entry of a place picked out of it. */
  picked(formula: Node, place: Place): Node {
    const own = !place.part || this.block.byPart[place.name] !== undefined;
    const part = own ? formula : partOf(this.block, formula, place.part);
    if (!place.entry || this.size({ ...place, entry: null }) === 1) return part;
    return entryOf(this.block, part, place.entry);
  }

  isGiven(place: Place): boolean {
    return this.scene.model.isGiven({ ...place, entry: null });
  }

  // Styles and digits -----------------------------------------------------------------------------------------

  /** How each entry of a place is written: with fewer digits where float64 has no more. */
  styles(place: Place): Style[] {
    const key = `${place.name}.${place.part}@${place.t}${place.isNew}[${place.entry}]`;
    let styles = this.#styles.get(key);
    if (!styles) {
      const { model } = this.scene;
      styles = Array.from(model.values(place), (value) => styleFor(value, this.digits, model.data.ties));
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

  /** The entries of a place as they are shown, with so many guard digits. */
  numbers(place: Place, guard = 0): Shown[] {
    const given = this.isGiven(place);
    const styles = this.styles(place);
    return Array.from(this.scene.model.values(place), (value, k) => {
      const own = given ? asGiven(value, this.digits) : null;
      return own ?? shown(styles[k], value, guard);
    });
  }

  /** The numbers to work with; where a label is missing, the output stands in, so that the difference is 0. */
  #present(place: Place, guard: number): Shown[] {
    const numbers = this.numbers(place, guard);
    if (place.name !== "label" || !numbers.some(({ text }) => text === "missing")) return numbers;
    const out = this.numbers({ ...place, name: this.block.carried[0] }, guard);
    return numbers.map((number, k) => (number.text === "missing" ? out[k] : number));
  }

  /** A symbol's numbers as a node: a number, a column, a row or a matrix, each entry with its place. */
  array(symbol: SymbolTree, guard = 0, missing = false): Node {
    const entry = symbol[4];
    const place = this.whole(symbol);
    const shape = this.shape(place);
    const [rows = 1, columns = 1] = shape;
    if (entry && !entry.includes(null)) {
      const at = entry as number[];
      const one = { ...place, entry: shape.length ? at.slice(0, shape.length) : null };
      return this.#node(this.#present(one, guard)[0], this.#existing(one, place));
    }
    const numbers = missing ? this.numbers(place, guard) : this.#present(place, guard);
    if (numbers.length === 1) return this.#node(numbers[0], this.#existing(place));
    const node = (i: number, j: number): Node => {
      const own = { ...place, entry: shape.length > 1 ? [i, j] : [i] };
      return this.#node(numbers[i * columns + j], own);
    };
    const along = (count: number, f: (k: number) => Node): Node[] => Array.from({ length: count }, (_, k) => f(k));
    if (!entry) return ["rows", Array.from({ length: rows }, (_, i) => along(columns, (j) => node(i, j))), place];
    const [i, j] = entry;
    const row = i === null ? along(rows, (k) => node(k, j ?? 0)) : along(columns, (k) => node(i, k));
    return ["rows", [row], place];
  }

  #node(number: Shown, place?: Place): Node {
    return place ? ["number", number.text, number.guard, place] : ["number", number.text, number.guard];
  }

  #existing(...places: Place[]): Place | undefined {
    return places.find((place) => this.scene.model.exists(place));
  }
}
