/** What happened in the room, as far as it is worth telling. */
export type Happening = { at: number } & (
  | { kind: 'joined' | 'left' | 'device-joined' | 'device-left'; idUser: string; name: string; isMe: boolean }
  | { kind: 'renamed'; idUser: string; name: string; was: string; isMe: boolean }
  | { kind: 'crowd'; joined: number; left: number; changed: number }
);

/** A happening in the list of what just happened, newest first. */
export type Entry = Happening & { key: number };

/** More than this many people at once are a crowd: counted, and not named one by one. */
const crowd = 12;

/** More than this many happenings are not read out one by one. */
const mostRead = 3;

/** A happening without its name: `joined`, `is now Maria`. */
export function deed(happening: Exclude<Happening, { kind: 'crowd' }>): string {
  switch (happening.kind) {
    case 'joined':
      return 'joined';
    case 'left':
      return 'left';
    case 'device-joined':
      return 'joined on another device';
    case 'device-left':
      return 'left on one device';
    case 'renamed':
      return `${happening.isMe ? 'are' : 'is'} now ${happening.name}`;
  }
}

/** Whom a happening is about, under the name that they had. */
export function whose(happening: Exclude<Happening, { kind: 'crowd' }>): string {
  if (happening.isMe) return 'You';
  return happening.kind === 'renamed' ? happening.was : happening.name;
}

/** `5 people joined · 2 left`. */
export function crowdWords({ joined, left, changed }: { joined: number; left: number; changed: number }): string {
  const people = (n: number) => `${n.toLocaleString('en')} ${n === 1 ? 'person' : 'people'}`;
  const parts: string[] = [];
  if (joined > 0) parts.push(`${people(joined)} joined`);
  if (left > 0) parts.push(`${joined > 0 ? left.toLocaleString('en') : people(left)} left`);
  if (parts.length === 0) parts.push(`${changed.toLocaleString('en')} changes`);
  return parts.join(' · ');
}

/** Happenings as one short sentence, for screen readers; empty for none. */
export function sentence(happenings: readonly Happening[]): string {
  const one = happenings.length <= mostRead && happenings.every(({ kind }) => kind !== 'crowd');
  if (!one) return crowdWords(count(happenings));
  return happenings
    .map((happening) => (happening.kind === 'crowd' ? '' : `${whose(happening)} ${deed(happening)}`))
    .join(' · ');
}

/**
 * The list with more in it, the newest on top, of at most `bound` entries; many at once
 * become one. What is told late, as a leave is, comes below what has happened since.
 */
export function remember(list: readonly Entry[], more: readonly Happening[], bound: number): readonly Entry[] {
  if (more.length === 0) return list;
  const at = Math.max(...more.map((happening) => happening.at));
  const told: readonly Happening[] = more.length > crowd ? [{ kind: 'crowd', at, ...count(more) }] : more;
  const next = Math.max(0, ...list.map(({ key }) => key)) + 1;
  const entries = told.map((happening, i) => ({ ...happening, key: next + i }));
  return [...entries, ...list].sort((a, b) => b.at - a.at || b.key - a.key).slice(0, bound);
}

function count(happenings: readonly Happening[]): { joined: number; left: number; changed: number } {
  const counts = { joined: 0, left: 0, changed: 0 };
  for (const happening of happenings) {
    if (happening.kind === 'crowd') {
      counts.joined += happening.joined;
      counts.left += happening.left;
      counts.changed += happening.changed;
    } else if (happening.kind === 'joined') counts.joined++;
    else if (happening.kind === 'left') counts.left++;
    else counts.changed++;
  }
  return counts;
}
