// What was changed, one after the other: undo and redo.

/** A change that was made: how to take it back, and how to make it again. */
export interface Change {
  undo(): void;
  redo(): void;
  /** What is changed, where changes that follow each other are one: a number that is dragged. */
  subject?: string;
}

const LONGEST = 500;

/** The changes up to now, and those that were taken back. */
export class History {
  #done: Change[] = [];
  #undone: Change[] = [];

  /** Remembers a change. One of the same subject as the last one is joined to it. */
  add(change: Change): void {
    this.#undone = [];
    const last = this.#done[this.#done.length - 1];
    if (change.subject !== undefined && last?.subject === change.subject) {
      this.#done[this.#done.length - 1] = { ...change, undo: last.undo };
      return;
    }
    this.#done.push(change);
    if (this.#done.length > LONGEST) this.#done.shift();
  }

  /** Whether the next change of that subject would be joined to the last one. */
  joins(subject: string | undefined): boolean {
    return subject !== undefined && this.#done[this.#done.length - 1]?.subject === subject;
  }

  /** Ends a subject: the next change of it is one of its own. */
  close(): void {
    const last = this.#done[this.#done.length - 1];
    if (last) delete last.subject;
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  undo(): void {
    const change = this.#done.pop();
    if (!change) return;
    change.undo();
    this.#undone.push(change);
  }

  redo(): void {
    const change = this.#undone.pop();
    if (!change) return;
    change.redo();
    this.#done.push(change);
  }
}
