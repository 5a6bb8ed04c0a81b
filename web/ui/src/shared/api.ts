import { isKept } from './trace';
import type { NodeState, RoomState, User } from './wire';

export type { User };
/** The answer to a roll call. */
export type Roll = RoomState;
export type RollNode = NodeState;
export type NodeStatus = NodeState['status'];

/** An answer that is no success, in the words of its application/problem+json. */
export class ApiError extends Error {
  constructor(
    /** The HTTP status; 0 when there was no answer at all. */
    readonly status: number,
    readonly title: string,
    readonly detail = '',
    /** For programs, such as `no_right`; empty if there is none. */
    readonly code = '',
  ) {
    super(detail || title);
    this.name = 'ApiError';
  }
}

/** A wait longer than this is a failure; a roll call answers within 250 ms. */
const timeoutMilliseconds = 5_000;

/*
 * Each question may be asked with a token, "" for none, which goes along as
 * `Authorization`: by no other way, so that it is in no log.
 */

/** Calls the roll of a room. */
export async function callRoll(room: string, token = ''): Promise<Roll> {
  const { body, headers } = await read<Roll>(`/api/rooms/${encodeURIComponent(room)}`, token);
  return isKept(headers.get('Traceparent')) ? body : { ...body, trace_id: '' };
}

/** The longest address that every proxy lets pass, with room for what is before the query. */
const longestQuery = 6_000;

/** The most users that a node takes in one question. */
const mostAsked = 1_000;

/** As many of these ids, from the first on, as one question may name; at least one, if there is one. */
export function fitting(ids: Iterable<string>): string[] {
  const fit: string[] = [];
  let length = 0;
  for (const id of ids) {
    length += asked(id).length + 1;
    if (fit.length > 0 && (length > longestQuery || fit.length === mostAsked)) break;
    fit.push(id);
  }
  return fit;
}

/** Reads the users with these ids, as many as are {@link fitting}. Unknown ids are left out of the answer. */
export async function readUsers(ids: readonly string[], token = ''): Promise<User[]> {
  return (await read<User[]>(`/users?${ids.map(asked).join('&')}`, token)).body;
}

function asked(idUser: string): string {
  return `id_user=${encodeURIComponent(idUser)}`; // repeated, since an id may have a comma in it
}

/** A part of all users, in the order of their ids. */
export interface UsersPage {
  users: User[];
  /** Where the next page is; undefined after the last. */
  next: string | undefined;
}

/** Reads a page of all users: the first, of so many, or the one that {@link UsersPage.next} names. */
export async function readUsersPage(from: number | string, token = ''): Promise<UsersPage> {
  const { body, headers } = await read<User[]>(typeof from === 'number' ? `/users?limit=${from}` : from, token);
  return { users: body, next: nextPage(headers.get('Link')) };
}

/** The path of `rel="next"` in a Link header (RFC 8288), on our own origin whatever host it names. */
export function nextPage(link: string | null): string | undefined {
  for (const [, target = '', parameters = ''] of (link ?? '').matchAll(
    /<([^>]*)>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]+))?)*)/g,
  )) {
    const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i.exec(parameters);
    if (!(relations?.[1] ?? relations?.[2] ?? '').toLowerCase().split(/\s+/).includes('next')) continue;
    const url = new URL(target, 'http://node/users');
    return url.pathname + url.search;
  }
  return undefined;
}

/**
 * Renames a user who is still at the given version.
 * Throws an {@link ApiError}: 412 when somebody else was faster, 422 when the
 * name is not allowed, 404 when there is no such user.
 */
export async function renameUser(idUser: string, name: string, version: number, token = ''): Promise<void> {
  // Browsers take . and .. for steps in a path, even if they are percent-encoded.
  const steps = idUser === '.' || idUser === '..';
  await request(steps ? `/users?id_user=${idUser}` : `/users/${encodeURIComponent(idUser)}`, {
    method: 'PUT',
    headers: { ...bearer(token), 'Content-Type': 'application/json', 'If-Match': `"${version}"` },
    body: JSON.stringify({ name }),
  });
}

/** The header that shows a token. */
export function bearer(token: string): { Authorization?: string } {
  return token === '' ? {} : { Authorization: `Bearer ${token}` };
}

async function read<T>(path: string, token: string): Promise<{ body: T; headers: Headers }> {
  const response = await request(path, { headers: { ...bearer(token), Accept: 'application/json' } });
  try {
    return { body: (await response.json()) as T, headers: response.headers };
  } catch {
    throw new ApiError(response.status, 'The answer was not JSON');
  }
}

/** Asks the node for a path. Throws an {@link ApiError} unless it succeeds. */
export async function request(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
  } catch {
    throw new ApiError(0, 'No answer', 'The node did not answer. Is the network there?');
  }
  if (!response.ok) throw await problem(response);
  return response;
}

async function problem(response: Response): Promise<ApiError> {
  const title = response.statusText || `Error ${response.status}`;
  try {
    const body = (await response.json()) as { title?: unknown; detail?: unknown; code?: unknown } | null;
    return new ApiError(
      response.status,
      typeof body?.title === 'string' && body.title ? body.title : title,
      typeof body?.detail === 'string' ? body.detail : '',
      typeof body?.code === 'string' ? body.code : '',
    );
  } catch {
    return new ApiError(response.status, title);
  }
}
