/** The people whose name has these words in it; case and accents do not matter. */
export function findByName<P extends { name: string | undefined; idUser: string }>(
  people: readonly P[],
  words: string,
): readonly P[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return people;
  return people.filter(({ name, idUser }) => {
    const plainName = plain(name ?? `User ${idUser}`);
    return wanted.every((word) => plainName.includes(word));
  });
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .trim();
}
