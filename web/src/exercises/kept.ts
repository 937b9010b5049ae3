// What a student has written and tried, kept over a reload where the browser lets pages keep anything.

/** The tries at one answer. */
export interface Tries {
  count: number;
  last: string; // the answer that was marked last
  shown: boolean; // the solution was shown
  late: boolean; // and the answer was changed after that
  round?: number; // the marking of the whole sheet that it was first in
}

/** All that is kept of a sheet. */
export interface Kept {
  name: string;
  answers: Record<string, string>;
  tries: Record<string, Tries>;
  rounds: number; // times that something new was marked
  first: number | null; // points at the first of them
}

export const nothing = (): Kept => ({ name: "", answers: {}, tries: {}, rounds: 0, first: null });

const keyOf = (sheet: string): string => `gatewise:${sheet}`;

/** What was kept of a sheet; nothing where there is none, or storage is refused. */
export function recalled(sheet: string): Kept {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(sheet)) ?? "null");
    const fits = typeof found === "object" && found !== null && "answers" in found && "tries" in found;
    return fits ? { ...nothing(), ...(found as Kept) } : nothing();
  } catch {
    return nothing();
  }
}

/** Keep it. */
export function keep(sheet: string, kept: Kept): void {
  try {
    localStorage.setItem(keyOf(sheet), JSON.stringify(kept));
  } catch {
    // Storage is refused or full: the answers stay on the page alone.
  }
}

/** Forget it. */
export function forget(sheet: string): void {
  try {
    localStorage.removeItem(keyOf(sheet));
  } catch {
    // As above.
  }
}
