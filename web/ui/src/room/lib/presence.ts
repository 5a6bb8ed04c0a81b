import type { Happening } from './happening';
import { byName, type Person } from './people';

/** How long whoever has left stays on the page, in milliseconds; a reload takes less. */
export const lingers = 2_000;

/** What the reader was told of one user. */
interface Told {
  name: string;
  devices: number;
  isMe: boolean;
  /** As they were last seen in the room. */
  person: Person;
  /** Since when there are fewer devices than told; undefined while there are not. */
  fewerSince: number | undefined;
  joinedAt: number | undefined;
}

/**
 * What the reader sees of who comes and goes. A join is told at once. A leave shows at
 * once, greyed, and is told only when it has lasted: who comes back sooner, as with a
 * reload, has neither left nor joined.
 *
 * Somebody counts from the moment when their name is known. It knows no clock: it is
 * given the time, and says when it wants to be asked again.
 */
export class Presence {
  #told = new Map<string, Told>();
  #shown: readonly Person[] = [];
  #begun = false;

  /** The people in the room and those who linger, in the order of the page. */
  get shown(): readonly Person[] {
    return this.#shown;
  }

  /** When a leave has lasted long enough, Unix milliseconds; undefined if none waits. */
  get due(): number | undefined {
    let due: number | undefined;
    for (const { fewerSince } of this.#told.values()) {
      if (fewerSince !== undefined) due = Math.min(due ?? Infinity, fewerSince + lingers);
    }
    return due;
  }

  /** Takes in who is in the room now, and returns what is to be told. The first time, nothing is news. */
  update(people: readonly Person[], now: number): Happening[] {
    const news: Happening[] = [];
    for (const person of people) this.#see(person, now, news);
    const here = new Set(people.map(({ idUser }) => idUser));
    for (const [idUser, told] of this.#told) if (!here.has(idUser)) this.#fewer(idUser, told, 0, now, news);
    this.#show(people, here);
    const begun = this.#begun;
    this.#begun = true;
    return begun ? news : [];
  }

  #see(person: Person, now: number, news: Happening[]): void {
    const { idUser, name, isMe } = person;
    if (name === undefined) return;
    const devices = person.sockets.length;
    const told = this.#told.get(idUser);
    const about = { idUser, name, isMe, at: now };
    if (told === undefined) {
      const joinedAt = this.#begun ? now : undefined;
      this.#told.set(idUser, { name, devices, isMe, person, fewerSince: undefined, joinedAt });
      if (!isMe) news.push({ kind: 'joined', ...about });
      return;
    }
    told.person = person;
    if (told.name !== name) {
      news.push({ kind: 'renamed', was: told.name, ...about });
      told.name = name;
    }
    if (devices < told.devices) {
      this.#fewer(idUser, told, devices, now, news);
      return;
    }
    if (devices > told.devices) news.push({ kind: 'device-joined', ...about });
    told.devices = devices;
    told.fewerSince = undefined;
  }

  #fewer(idUser: string, told: Told, devices: number, now: number, news: Happening[]): void {
    told.fewerSince ??= now;
    if (now < told.fewerSince + lingers) return;
    const { name, isMe, fewerSince: at } = told;
    if (devices === 0) this.#told.delete(idUser);
    if (devices > 0 || !isMe) news.push({ kind: devices === 0 ? 'left' : 'device-left', idUser, name, isMe, at });
    told.devices = devices;
    told.fewerSince = undefined;
  }

  #show(people: readonly Person[], here: ReadonlySet<string>): void {
    const before = new Map(this.#shown.map((person) => [person.idUser, person]));
    const shown = people.map((person) => this.#with(person, undefined, before));
    let lingering = false;
    for (const [idUser, told] of this.#told) {
      if (here.has(idUser)) continue;
      shown.push(this.#with(told.person, told.fewerSince, before));
      lingering = true;
    }
    this.#shown = lingering ? shown.sort(byName) : shown;
  }

  /** The person with their times; the same object as before if nothing has changed. */
  #with(person: Person, leftAt: number | undefined, before: ReadonlyMap<string, Person>): Person {
    const joinedAt = this.#told.get(person.idUser)?.joinedAt;
    if (joinedAt === undefined && leftAt === undefined) return person;
    const was = before.get(person.idUser);
    if (
      was !== undefined &&
      was.sockets === person.sockets &&
      was.name === person.name &&
      was.isMe === person.isMe &&
      was.joinedAt === joinedAt &&
      was.leftAt === leftAt
    ) {
      return was;
    }
    return { ...person, ...(joinedAt !== undefined && { joinedAt }), ...(leftAt !== undefined && { leftAt }) };
  }
}
