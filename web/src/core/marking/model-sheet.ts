// A model as a sheet to be worked out by hand: its lines, what their formulas read, and the numbers to be written.
// Values, keys and units are those that src/gatewise/teach/exercises/solution.py has of the same problem.
import { listOf } from "../lists";
import type { ModelApi, Place } from "../api";
import type { Block, Tree } from "../data";
import { flat, type Read, type Value, valueOf } from "../evaluate";
import { outputOf } from "../layout";
import { keyOfPlace, parseKey, placeId, placeOf } from "../keys";
import { idOf, stepOf } from "../printing/names";
import { shown, type Style, styleFor, unitOf } from "../numbers";
import { bind } from "../trees";
import { gather, type Item, type MarkedLine, type Sheet, type Stacks } from "./sheet";

const whole = (place: Place): Place => ({ ...place, entry: null });

/** A model worked by hand and in full precision, line by line. */
export class ModelSheet implements Sheet {
  /** Worked by hand; what it was before is in full precision. */
  readonly hand: ModelApi;
  /** The lines in the order of work, and where each stands in it. */
  readonly order: Place[];
  readonly #index = new Map<string, number>();
  #lines = new Map<string, MarkedLine>();
  #places = new Map<string, Place>();

  constructor(
    model: ModelApi,
    readonly digits: number,
  ) {
    this.hand = model.copy();
    this.hand.byHand(null);
    this.hand.byHand(digits);
    this.order = model.order();
    this.order.forEach((place, k) => {
      this.#index.set(placeId(place), k);
      this.#places.set(this.id(place), place);
    });
  }

  /** The id of a place's line: that of its block in front where there are several. */
  id(place: Place): string {
    const { blocks } = this.hand.data;
    return (blocks.length > 1 ? `${place.block}:` : "") + idOf(this.hand, place);
  }

  /** Where a place's line stands in the order of work; −1 of what is given. A part of a line counts as the line. */
  indexOf(place: Place): number {
    return this.#index.get(placeId(whole(place))) ?? this.#index.get(placeId({ ...whole(place), part: "" })) ?? -1;
  }

  /** The quantities with lines of their own that a place is put together of, or handed on from; else itself. */
  sources(place: Place): Place[] {
    const block = this.#block(place);
    const { t, isNew } = place;
    const joined = block.joined[place.name];
    if (joined) return joined.map((name) => placeOf(place.block, name, t));
    if (!place.part && block.byPart[place.name])
      return block.byPart[place.name].map((part) => placeOf(place.block, place.name, t, part, isNew));
    const linked = this.#links(place);
    return linked.length ? linked.flatMap((one) => this.sources(one)) : [place];
  }

  /** The quantities of other blocks that a linked one is: x of an upper layer is out of the one below. */
  #links(place: Place): Place[] {
    if (this.indexOf(place) >= 0 || this.hand.isGiven(whole(place))) return [];
    return this.hand.operands(whole(place)).filter(({ block }) => block !== place.block);
  }

  #block(place: Place): Block {
    return this.hand.data.blocks[place.block];
  }

  // Lines -----------------------------------------------------------------------------------------------------

  line(id: string): MarkedLine {
    const known = this.#lines.get(id) ?? this.#line(this.#places.get(id) as Place);
    this.#lines.set(id, known);
    return known;
  }

  #line(place: Place): MarkedLine {
    const { hand } = this;
    const shape = hand.shape(place);
    const uses = hand.operands(place).flatMap((one) => this.sources(whole(one)));
    return {
      left: this.#key(place),
      tree: hand.formula(place) as Tree,
      value: valueOf(hand.values(place), shape),
      full: valueOf(hand.before(place), shape),
      uses: [...new Set(uses.map((one) => this.id(one)))],
      mistakes: this.#mistakes(place),
    };
  }

  #mistakes(place: Place): [string, Tree][] {
    const equation = this.hand.equationOf(place);
    if (!equation) return [];
    const t = stepOf(equation, place);
    const possible = equation.mistakes.filter(({ undefinedAt }) => t === null || !undefinedAt?.includes(t));
    return possible.map(({ id, right, ends }) => {
      const here = t === null ? right : (ends?.[t] ?? right);
      return [id, bind(here, t, this.#block(place).steps)];
    });
  }

  mistake(id: string): [string, string, string] {
    const equations = this.hand.data.blocks.flatMap((block) => block.equations);
    const found = equations.flatMap(({ mistakes }) => mistakes).find((mistake) => mistake.id === id);
    return [found?.name ?? id, found?.why ?? "", id];
  }

  // Values ----------------------------------------------------------------------------------------------------

  #key(place: Place): string {
    return `${place.block}:${keyOfPlace(place)}`;
  }

  read(id: string, own: ReadonlyMap<string, Value>): Read {
    const { block } = this.#places.get(id) as Place;
    const { quantities, joined, byPart } = this.hand.data.blocks[block];
    const parts = Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, quantity.parts]));
    const stacks: Stacks = { parts, joined, byPart };
    return (symbol) => gather(symbol, stacks, (key) => this.#look(block, key, own));
  }

  /** A whole quantity's value on a student's own numbers; of a missing label the output's, so that nothing is lost. */
  #look(block: number, key: string, own: ReadonlyMap<string, Value>): Value | undefined {
    const parsed = parseKey(key);
    if (!parsed) return undefined;
    const place: Place = { block, ...parsed, entry: null };
    const mine = own.get(this.#key(place));
    if (mine !== undefined) return mine;
    if (!this.hand.exists(place)) return undefined;
    const [from, ...others] = this.#links(place);
    if (from && !others.length && own.has(this.#key(from))) return own.get(this.#key(from));
    const value = valueOf(this.hand.values(place), this.hand.shape(place));
    if (place.name !== "label" || !flat(value).some(Number.isNaN)) return value;
    const out = this.#look(block, keyOfPlace({ ...place, name: outputOf(this.#block(place)) }), own) as Value;
    return valueOf(flat(value).map((one, k) => (Number.isNaN(one) ? out.at(k) : one)), value.shape);
  }

  // Items -----------------------------------------------------------------------------------------------------

  /** The entries of a line, each as a place, in reading order; the only number of a line is one, too. */
  entries(line: Place): Place[] {
    const shape = this.hand.shape(line);
    if (!shape.length) return [line];
    const [rows, columns = 1] = shape;
    const place = (k: number): number[] => (shape.length > 1 ? [Math.floor(k / columns), k % columns] : [k]);
    return listOf(rows * columns, (_, k) => ({ ...line, entry: place(k) }));
  }

  /** What is asked for at an entry. */
  item(entry: Place): Item {
    const value = this.hand.value(entry);
    const style: Style = styleFor(value, this.digits, this.hand.data.ties);
    const key = shown(style, value).text;
    const unit = unitOf(style, Number(key) || 1);
    return {
      id: this.id(entry),
      form: "number",
      key,
      line: this.id(whole(entry)),
      place: entry.entry ?? [],
      options: [],
      unit,
    };
  }
}
