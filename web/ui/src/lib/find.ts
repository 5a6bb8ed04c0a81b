import type { Person } from './people';

/** The people whose name has these words in it; case and accents do not matter. */
export function findByName(people: readonly Person[], words: string): readonly Person[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return people;
  return people.filter(({ name, idUser }) => {
    const plainName = plain(name ?? `User ${idUser}`);
    return wanted.every((word) => plainName.includes(word));
  });
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{Mn}/gu, '').toLowerCase().trim();
}
