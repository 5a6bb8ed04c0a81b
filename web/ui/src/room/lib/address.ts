/** What the page's address says: `/ui/{room}?id_user=foo`, or `/?choose`, which names nothing. */
export interface Address {
  /** Whether room and user are to be chosen. */
  choose: boolean;
  /** The room's name, decoded once; undefined when it is no valid percent-encoded UTF-8. */
  room: string | undefined;
  /** The user as written; undefined when the address names none. */
  idUser: string | undefined;
}

/**
 * Reads an address. The room is a segment of the *encoded* path, so a room `a/b`,
 * written `a%2Fb`, stays one name; a slash behind it is ignored.
 */
export function readAddress(location: Pick<Location, 'pathname' | 'search'>): Address {
  const segment = /^\/ui\/([^/]*)\/?$/.exec(location.pathname)?.[1] ?? '';
  return {
    choose: location.pathname === '/',
    room: decode(segment),
    idUser: new URLSearchParams(location.search).get('id_user') || undefined,
  };
}

/** The longest name that a room may have, in bytes of UTF-8. */
export const longestRoom = 256;

/** Whether a node would take this for a room's name. A surrogate without its other half cannot be sent. */
export function roomFits(room: string): boolean {
  return room !== '' && !/\p{Cs}/u.test(room) && new TextEncoder().encode(room).length <= longestRoom;
}

/** The path of a room's page, for one user or, without one, for whoever opens it. */
export function roomPath(room: string, idUser?: string): string {
  const path = `/ui/${encodeURIComponent(room)}`;
  return idUser === undefined ? path : `${path}?id_user=${encodeURIComponent(idUser)}`;
}

/** A link into a room that lets whoever opens it say who they are. */
export function roomLink(room: string): string {
  return new URL(roomPath(room), location.href).href;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
