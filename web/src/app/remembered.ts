// What a browser remembers of a person's choices, where it may: a page in a frame or from a disk may have no storage.

/** What was remembered under a name; null where nothing was, or nothing can be. */
export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`gatewise.${name}`);
  } catch {
    return null;
  }
}

/** Remember a choice for the next time. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`gatewise.${name}`, value);
  } catch {
    // It holds until the page is closed.
  }
}
