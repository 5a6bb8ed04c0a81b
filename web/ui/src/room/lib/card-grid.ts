/**
 * Where cards lie in a grid whose rows are as high as their highest card. Heights are
 * known beforehand, so that only what is in view has to exist. All in pixels.
 */
export interface CardGrid {
  columns: number;
  /** Of every card. */
  width: number;
  /** The top of each row, and at the end the height of all. */
  tops: readonly number[];
}

/** Lays out cards of these heights, as many side by side as are at least `narrowest` wide. */
export function layOut(heights: readonly number[], width: number, narrowest: number, gap: number): CardGrid {
  const columns = Math.max(1, Math.floor((width + gap) / (narrowest + gap)));
  const tops = [0];
  let top = 0;
  for (let i = 0; i < heights.length; i += columns) {
    top += Math.max(...heights.slice(i, i + columns)) + gap;
    tops.push(top);
  }
  if (heights.length > 0) tops[tops.length - 1] = top - gap;
  return { columns, width: (width - (columns - 1) * gap) / columns, tops };
}

/** The height of all rows. */
export function heightOf({ tops }: CardGrid): number {
  return tops[tops.length - 1] ?? 0;
}

/** Where the card with this index lies. */
export function placeOf(grid: CardGrid, index: number, gap: number): { left: number; top: number } {
  const row = Math.floor(index / grid.columns);
  return { left: (index % grid.columns) * (grid.width + gap), top: grid.tops[row] ?? 0 };
}

/** The cards whose rows touch the stretch between two heights: from the first up to, not including, the last. */
export function cardsBetween(grid: CardGrid, from: number, to: number, count: number): { first: number; last: number } {
  const rows = grid.tops.length - 1;
  let row = 0;
  let end = rows;
  while (row < end) {
    const middle = (row + end) >> 1;
    if ((grid.tops[middle + 1] ?? 0) <= from) row = middle + 1;
    else end = middle;
  }
  let after = row;
  while (after < rows && (grid.tops[after] ?? 0) < to) after++;
  return { first: Math.min(count, row * grid.columns), last: Math.min(count, after * grid.columns) };
}
