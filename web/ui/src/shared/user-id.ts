/*
 * A user's id is text, and nothing but text: `007` and `7` are two users, and so are
 * an `é` of one code point and one of two. It is compared by `===`, and never read as
 * a number.
 */

/** The longest that an id may be, in bytes of UTF-8. */
const longestUserId = 255;

/** Whether a node would take this for a user's id. */
export function isUserId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    // Every character has a byte, so what has more need not be measured. A surrogate
    // without its other half cannot be sent, and control characters are not allowed.
    value.length <= longestUserId &&
    !/[\p{Cc}\p{Cs}]/u.test(value) &&
    new TextEncoder().encode(value).length <= longestUserId
  );
}

/** The order of ids: that of their code units, which no two readers see differently. */
function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Somebody whose name may not be known (yet). */
interface Named {
  idUser: string;
  name: string | undefined;
}

/** One for all, since a new one for each comparison costs a big room dearly. */
const alphabet = new Intl.Collator();

/** The order of people: by name, those of one name by id, and last those whose name is not known. */
export function compareNames(a: Named, b: Named): number {
  if ((a.name === undefined) !== (b.name === undefined)) return a.name === undefined ? 1 : -1;
  return alphabet.compare(a.name ?? '', b.name ?? '') || compareIds(a.idUser, b.idUser);
}
