import { list } from '../../shared/words';

/** What rights are to do in a room, by their letters. Not everybody misses the last. */
const deeds: Readonly<Record<string, string>> = { j: 'join', w: 'write', l: 'list', d: 'disconnect others' };
const usual = 'jwl';

/** What rights, as letters of `jwld`, let one do: `join and write`, or `nothing`. */
export function can(rights: string): string {
  return list([...rights].map((letter) => deeds[letter] ?? letter)) || 'nothing';
}

/** What most may do and these rights do not give: `not write`; empty if nothing lacks. */
export function cannot(rights: string): string {
  const lacking = [...usual].filter((letter) => !rights.includes(letter));
  return lacking.map((letter) => `not ${deeds[letter] ?? letter}`).join(', ');
}
