// Lists of a length.

/** A list of so many values, each made from its place. */
export const listOf = <T>(length: number, make: (nothing: unknown, at: number) => T): T[] => Array.from({ length }, make);
