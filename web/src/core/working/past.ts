// The numbers before the last change. What of them nobody had asked for by then is worked out when somebody does.
import type { Engine, Phase } from "./engine";

/** What an engine's numbers were. */
export class Past {
  loss = NaN;
  readonly #engine: Engine;
  readonly #numbers: Float64Array;
  #done = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#numbers = new Float64Array(engine.numbers.length);
  }

  /** Keeps the numbers that there are now. */
  keep(): void {
    this.#numbers.set(this.#engine.numbers);
    this.#done = this.#engine.done;
    this.loss = this.#engine.loss();
  }

  /** The numbers, worked out up to a phase: where those of now stand, which come back. */
  upTo(phase: Phase): Float64Array {
    const engine = this.#engine;
    if (!engine.isDone(phase, this.#done)) {
      const [now, done] = [engine.numbers.slice(), engine.done];
      engine.numbers.set(this.#numbers);
      engine.done = this.#done;
      engine.reach(phase);
      this.keep();
      engine.numbers.set(now);
      engine.done = done;
    }
    return this.#numbers;
  }
}
