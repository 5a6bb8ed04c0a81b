import type { Person } from './people';

/** More than this many happenings at once are counted, not told one by one. */
const mostTold = 3;

/**
 * What happened between two lists of the people in a room, as a sentence for
 * the eye and for screen readers; empty if nothing worth telling did.
 * Somebody counts from the moment when their name is known. My own devices are told too,
 * but not this page itself.
 */
export function tell(before: readonly Person[], after: readonly Person[]): string {
  const earlier = named(before);
  const later = named(after);
  const news: string[] = [];
  let joined = 0;
  let left = 0;

  for (const [id, person] of later) {
    const was = earlier.get(id);
    const name = person.isMe ? 'You' : person.name;
    if (was === undefined) {
      if (person.isMe) continue;
      joined++;
      news.push(`${name} joined`);
      continue;
    }
    if (was.name !== person.name) news.push(`${person.isMe ? 'You are' : `${was.name} is`} now ${person.name}`);
    const [devices, had] = [person.sockets.length, was.sockets.length];
    if (devices > had && had > 0) news.push(`${name} joined on another device`);
    if (devices < had && devices > 0) news.push(`${name} left on one device`);
  }
  for (const [id, person] of earlier) {
    if (later.has(id) || person.isMe) continue;
    left++;
    news.push(`${person.name} left`);
  }

  if (news.length <= mostTold) return news.join(' · ');
  const counted = [joined > 0 && `${joined} joined`, left > 0 && `${left} left`].filter(Boolean);
  return counted.join(' · ') || `${news.length} changes`;
}

function named(people: readonly Person[]): Map<number, Person> {
  return new Map(people.filter(({ name }) => name !== undefined).map((person) => [person.idUser, person]));
}
