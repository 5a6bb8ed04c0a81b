/** What the page's address says: `/ui/{room}?id_user=1`. */
export interface Address {
  /** The room's name, decoded once; undefined when it is no valid percent-encoded UTF-8. */
  room: string | undefined;
  /** The user as written; undefined when the address names none. */
  idUser: string | undefined;
}

/**
 * Reads an address. The room is the last segment of the *encoded* path, so a
 * room `a/b`, written `a%2Fb`, stays one name.
 */
export function readAddress(location: Pick<Location, 'pathname' | 'search'>): Address {
  const segment = location.pathname.slice(location.pathname.lastIndexOf('/') + 1);
  return {
    room: decode(segment),
    idUser: new URLSearchParams(location.search).get('id_user') || undefined,
  };
}

/** The path of a room's page, for one user or, without one, for whoever opens it. */
export function roomPath(room: string, idUser?: number): string {
  const path = `/ui/${encodeURIComponent(room)}`;
  return idUser === undefined ? path : `${path}?id_user=${idUser}`;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
