/** `1 person`, `2 people`. */
export function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

/** How long ago, roughly: `just now`, `5 min`, `3 h`, `2 d`. A clock that is behind says `just now`. */
export function ago(since: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(since)) / 60_000);
  if (Number.isNaN(minutes)) return '';
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** `in 3 s`: how long until then. What is due already says `in 1 s`, as nobody likes to wait for 0. */
export function until(due: number, now: number): string {
  return `in ${Math.max(1, Math.ceil((due - now) / 1_000))} s`;
}

const clockTimes = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** The time of day in the words of the reader's country. */
export function timeOfDay(at: number | Date): string {
  return clockTimes.format(at);
}

const moments = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A moment in the words of the reader's country. */
export function moment(time: string | Date): string {
  const at = new Date(time).getTime();
  return Number.isNaN(at) ? '' : moments.format(at);
}

/** `0.4 ms`, `12 ms`. */
export function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Which of the ten colours of badges is a user's. Ids that are counted up have neighbours that differ, in tens too. */
export function hue(idUser: string): number {
  let sum = 0;
  for (let i = 0; i < idUser.length; i++) sum += idUser.charCodeAt(i) + 3; // 3 tells 9 from 10
  return sum % 10;
}

/** The first letters of the first and the last word of a name, for its badge. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase();
}

/** `Mary`, `Mary and Mike`, `Mary, Mike and 7 more`: at most three are named. */
export function some(names: readonly string[]): string {
  if (names.length <= 3) return list(names);
  return `${names.slice(0, 2).join(', ')} and ${(names.length - 2).toLocaleString('en')} more`;
}

/** `node-2`, `node-2 and node-3`, `node-1, node-2 and node-3`. */
export function list(items: readonly string[]): string {
  return new Intl.ListFormat('en', { style: 'long' }).format(items).replace(', and ', ' and ');
}
