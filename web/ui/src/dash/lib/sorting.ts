/** What a click on the head of a column makes of the sorting: that column, largest first where that is asked more often; then the other way round. */
export function resort(sort: string, column: string, largestFirst: boolean): string {
  const [first, second] = largestFirst ? [`-${column}`, column] : [column, `-${column}`];
  return sort === first ? second : first;
}

/** How a column is sorted, for aria-sort. */
export function sorting(sort: string, column: string): 'ascending' | 'descending' | 'none' {
  if (sort === column) return 'ascending';
  return sort === `-${column}` ? 'descending' : 'none';
}
