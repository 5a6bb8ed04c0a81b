/*
 * What one reader of the page prefers, kept in their browser. It must never break
 * the page: where storage is forbidden or full, a preference lasts as long as the page.
 */

/** The value kept under a name, or undefined. */
export function kept(name: string, storage: () => Pick<Storage, 'getItem'> = () => localStorage): string | undefined {
  try {
    return storage().getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value under a name, if the browser lets us. */
export function keep(name: string, value: string, storage: () => Pick<Storage, 'setItem'> = () => localStorage): void {
  try {
    storage().setItem(name, value);
  } catch {
    // It still holds for this page.
  }
}
