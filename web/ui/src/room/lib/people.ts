import type { User } from '../../shared/api';
import type { RosterSocket } from './roster';
import { compareNames } from '../../shared/user-id';

/** A user in the room, with all their sockets. */
export interface Person {
  idUser: string;
  /** Undefined until the name has been read. */
  name: string | undefined;
  /** As the user store has it; undefined for none, or until it has been read. */
  profile?: unknown;
  isMe: boolean;
  sockets: PersonSocket[];
  /** When they were seen to join, if that was while this page looked; Unix milliseconds. */
  joinedAt?: number;
  /** When their last socket left, if they linger; Unix milliseconds. */
  leftAt?: number;
}

export interface PersonSocket extends RosterSocket {
  /** Whether this is the socket of this very page. */
  isThis: boolean;
}

/**
 * The sockets of a room grouped by user: me first, then by name; within a user
 * this page first, then in the order of joining.
 *
 * Whoever is as in `before` is the same object as there, so that the page draws
 * anew only what has changed.
 */
export function groupByUser(
  sockets: readonly RosterSocket[],
  userOf: (idUser: string) => User | undefined,
  own: { idUser: string; idSocket: string | undefined },
  before: readonly Person[] = [],
): Person[] {
  const people = new Map<string, Person>();
  for (const socket of sockets) {
    const { idUser } = socket;
    let person = people.get(idUser);
    if (person === undefined) {
      const user = userOf(idUser);
      person = { idUser, name: user?.name, profile: user?.profile, isMe: idUser === own.idUser, sockets: [] };
      people.set(idUser, person);
    }
    person.sockets.push({ ...socket, isThis: socket.idSocket === own.idSocket });
  }
  for (const person of people.values()) person.sockets.sort(bySeniority);
  return keep([...people.values()].sort(byName), before);
}

function keep(people: Person[], before: readonly Person[]): Person[] {
  const earlier = new Map(before.map((person) => [person.idUser, person]));
  return people.map((person) => {
    const was = earlier.get(person.idUser);
    if (was === undefined) return person;
    const sockets = new Map(was.sockets.map((socket) => [socket.idSocket, socket]));
    person.sockets = person.sockets.map((socket) => {
      const old = sockets.get(socket.idSocket);
      return old !== undefined && same(old, socket) ? old : socket;
    });
    const unchanged =
      was.name === person.name &&
      was.profile === person.profile &&
      was.isMe === person.isMe &&
      was.sockets.length === person.sockets.length &&
      was.sockets.every((socket, i) => socket === person.sockets[i]);
    return unchanged ? was : person;
  });
}

function same(a: PersonSocket, b: PersonSocket): boolean {
  return a.node === b.node && a.since === b.since && a.unconfirmed === b.unconfirmed && a.isThis === b.isThis;
}

/** The order of the page: me, then the others in the order of their names. */
export function byName(a: Person, b: Person): number {
  if (a.isMe !== b.isMe) return a.isMe ? -1 : 1;
  return compareNames(a, b);
}

function bySeniority(a: PersonSocket, b: PersonSocket): number {
  if (a.isThis !== b.isThis) return a.isThis ? -1 : 1;
  // Whose beginning is not known yet has only just come.
  const since = (socket: PersonSocket) => (socket.since ? Date.parse(socket.since) : Infinity);
  const [left, right] = [since(a), since(b)];
  if (left !== right) return left < right ? -1 : 1;
  return a.idSocket < b.idSocket ? -1 : 1;
}
