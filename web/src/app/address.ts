// The chosen place in the browser's address and history, so that its back and forward buttons lead along the way.

/** Writes where the page is; while arrow keys are held, only their first and last place. */
export class Address {
  #late: ReturnType<typeof setTimeout> | null = null;

  /** From the way's hashes, the present place last. */
  constructor(readonly way: () => string[]) {}

  /** Write a new entry of the history, once the page is there. */
  push(): void {
    this.#write("pushState");
  }

  /** The same for a place that an arrow key led to: however far they go on, it is one step back. */
  glide(): void {
    if (this.#late === null) this.#write("pushState");
    else clearTimeout(this.#late);
    this.#late = setTimeout(() => this.settle(), 500);
  }

  /** Write what waits; before the page goes elsewhere by another way. */
  settle(): void {
    if (this.#late === null) return;
    this.drop();
    this.#write("replaceState");
  }

  /** Forget what waits: the browser itself went elsewhere. */
  drop(): void {
    if (this.#late !== null) clearTimeout(this.#late);
    this.#late = null;
  }

  #write(by: "pushState" | "replaceState"): void {
    const way = this.way();
    const hash = way.at(-1) ?? "";
    try {
      history[by]({ way }, "", hash);
    } catch {
      location.hash = hash; // a page from a file may not, in some browsers
    }
  }
}

/** The address's hash as it is to be read; "" where it cannot be. */
export function hashNow(): string {
  try {
    return decodeURIComponent(location.hash);
  } catch {
    return "";
  }
}
