// Now you: a person works a model out number by number, judged by the marking ladder on the person's own numbers.
import type { LearnerApi, ModelApi, Place, Tried } from "./api";
import { placeId } from "./keys";
import { lines } from "./lines";
import { keyOf } from "./marking/answers";
import { Ladder, POINTS } from "./marking/ladder";
import { ModelSheet } from "./marking/model-sheet";
import { isBlank, numberOf } from "./marking/reading";
import { sentenceOf } from "./marking/score";
import type { Item } from "./marking/sheet";

/** Verdicts after which the work goes on by itself. */
const GOES_ON = new Set<Tried["verdict"]>(["right", "follows", "misprint", "coarse"]);

const UNTRIED: Omit<Tried, "place"> = {
  answer: "", verdict: "missing", note: "", mistake: "", points: 0, tries: 0, hinted: false, shown: false,
};

const minus = (text: string): string => text.replaceAll("-", "−");

/** The learner of a model, who writes numbers with so many digits. */
export class Learner implements LearnerApi {
  #sheet: ModelSheet;
  #ladder: Ladder;
  #line = 0; // in the order of work
  #entry = 0; // on that line
  #entries: Place[] = []; // of that line
  #started = false;
  #tried = new Map<string, Tried>();
  #items = new Map<string, Item>(); // of what was tried, by place
  #before: Ladder; // as the ladder stood before the present entry
  #version: number;

  constructor(
    readonly model: ModelApi,
    readonly digits = model.data.digits,
  ) {
    this.#sheet = new ModelSheet(model, digits);
    this.#before = this.#ladder = new Ladder(this.#sheet);
    this.#version = model.version;
  }

  get next(): Place | null {
    return this.#entries[this.#entry] ?? null;
  }

  #begin(line: number): void {
    const place = this.#sheet.order[line];
    [this.#line, this.#entry, this.#entries] = [line, 0, place ? this.#sheet.entries(place) : []];
  }

  start(from?: Place): void {
    if (this.#version !== this.model.version) this.#sheet = new ModelSheet(this.model, this.digits);
    this.#version = this.model.version;
    this.#before = this.#ladder = new Ladder(this.#sheet);
    this.#tried.clear();
    this.#items.clear();
    const lines = from ? this.#sheet.sources(from).map((one) => this.#sheet.indexOf(one)) : [];
    const begins = lines.filter((line) => line >= 0);
    this.#started = true;
    this.#begin(begins.length ? Math.min(...begins) : 0);
  }

  // One entry -------------------------------------------------------------------------------------------------

  #present(): { place: Place; item: Item; tried: Tried } {
    const place = this.next;
    if (!place) throw new Error("All numbers are worked out.");
    const id = placeId(place);
    const item = this.#items.get(id) ?? this.#sheet.item(place);
    this.#items.set(id, item);
    return { place, item, tried: this.#tried.get(id) ?? { ...UNTRIED, place } };
  }

  #keep(tried: Tried): Tried {
    this.#tried.set(placeId(tried.place), tried);
    return tried;
  }

  answer(text: string): Tried {
    const { item, tried } = this.#present();
    const answer = text.trim();
    if (isBlank(answer)) return { ...tried, note: "Write a number down; an empty answer is no try." };
    const number = numberOf(answer);
    if (!number) {
      const note = "This is not a number, so it was no try.";
      const unread: Tried = { ...tried, answer, verdict: "unreadable", note };
      return tried.tries ? unread : this.#keep(unread);
    }
    this.#ladder = this.#before.copy();
    const { verdict, mistake, note, hint } = this.#ladder.number(item, number);
    const goesOn = GOES_ON.has(verdict);
    const judged = this.#keep({
      ...tried,
      answer,
      verdict,
      note: minus(goesOn ? note : hint),
      mistake,
      points: POINTS[verdict] * (tried.tries || tried.hinted ? 0.5 : 1),
      tries: tried.tries + 1,
    });
    if (goesOn) this.#goOn();
    return judged;
  }

  hint(): string {
    const { place, tried } = this.#present();
    this.#keep({ ...tried, hinted: true });
    const line = lines.line(this.model, place, { digits: this.digits, notation: this.model.data.notation });
    return lines.text({ ...line, result: [] });
  }

  solution(): string {
    const { place, item, tried } = this.#present();
    this.#keep({ ...tried, points: 0, shown: true });
    this.#ladder = this.#before.copy();
    this.#ladder.number(item, { value: Number(item.key), decimals: this.digits });
    this.#goOn();
    return `${lines.plainName(this.model, place, this.model.data.notation)} = ${minus(item.key)}`;
  }

  skip(): void {
    const { tried } = this.#present();
    this.#keep(tried);
    this.#goOn();
  }

  /** Go on to the next entry, with what was written here. */
  #goOn(): void {
    this.#before = this.#ladder;
    this.#entry += 1;
    if (this.#entry >= this.#entries.length) this.#begin(this.#line + 1);
  }

  // All of them -----------------------------------------------------------------------------------------------

  tried(): Tried[] {
    return [...this.#tried].map(([id, tried]) => this.#asCarried(tried, this.#items.get(id) as Item));
  }

  /** A slip of the pen with which the work went on was none. */
  #asCarried(tried: Tried, item: Item): Tried {
    if (tried.verdict !== "misprint" || tried.shown || !this.#before.carried.has(item.line)) return tried;
    const note = `It should be ${minus(item.key)}; what follows goes on with this number.`;
    return { ...tried, verdict: "wrong", points: 0, note };
  }

  score(): { points: number; outOf: number; sentence: string } {
    const all = this.tried().filter(({ place }) => !this.next || placeId(place) !== placeId(this.next));
    const points = all.reduce((sum, one) => sum + one.points, 0);
    return { points, outOf: all.length, sentence: sentenceOf(all) };
  }

  answers(): Record<string, string> {
    return Object.fromEntries([...this.#tried].map(([id, { answer }]) => [this.#items.get(id)?.id ?? id, answer]));
  }

  key(): string {
    return keyOf(this.#sheet);
  }

  hides(place: Place): boolean {
    if (!this.#started || this.next === null) return false;
    const sources = this.#sheet.sources(place);
    if (sources.length > 1 || placeId(sources[0]) !== placeId(place)) {
      const entry = sources.length > 1 ? null : place.entry;
      return sources.some((source) => this.#hidden({ ...source, entry }));
    }
    return this.#hidden(place);
  }

  #hidden(place: Place): boolean {
    const line = this.#sheet.indexOf(place);
    if (line !== this.#line) return line > this.#line;
    if (!place.entry || place.part !== (this.next?.part ?? "")) return true;
    const entry = this.#entries.findIndex((one) => String(one.entry) === String(place.entry));
    return entry < 0 || entry >= this.#entry;
  }
}
