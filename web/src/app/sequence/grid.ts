// Keys in a grid of cells, some of which are empty: where an arrow leads.
import { listOf } from "../../core/lists";

const STEPS: Record<string, [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** The cell [row, column] that a key leads to; null where it leads nowhere. */
export function cellByKey(
  key: string,
  [row, column]: [number, number],
  rows: number,
  columns: number,
  isCell: (row: number, column: number) => boolean,
): [number, number] | null {
  if (key === "Home" || key === "End") {
    const all = listOf(columns, (_, c) => c);
    const found = (key === "Home" ? all : all.reverse()).find((c) => isCell(row, c));
    return found === undefined ? null : [row, found];
  }
  const by = STEPS[key];
  if (by === undefined) return null;
  let [r, c] = [row + by[0], column + by[1]];
  while (r >= 0 && r < rows && c >= 0 && c < columns) {
    if (isCell(r, c)) return [r, c];
    r += by[0];
    c += by[1];
  }
  return null;
}
