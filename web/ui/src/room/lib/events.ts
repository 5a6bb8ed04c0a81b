import type { Refusal } from './connection-state';
import type { Mark, Place } from './roster';
import { isUserId } from '../../shared/user-id';

/**
 * The events of a room, read from what a node sent. Whatever is not of the
 * expected form reads as undefined and is ignored: a page must not break on a
 * node that is newer than it, or on what another client made the node relay.
 */

/** `handshake {procid, room, epoch, seq}`: the node that we are on. */
export function readHandshake(payload: unknown): { node: string; mark: Mark } {
  const fields = object(payload);
  return { node: typeof fields.procid === 'string' ? fields.procid : '', mark: readMark(fields) };
}

/**
 * `socket-connected` and `socket-disconnected`: `id_socket, {id_user, room, epoch, seq}`;
 * a join also says its `node`, and `since` when.
 */
export function readPresence(
  idSocket: unknown,
  payload: unknown,
): { idSocket: string; idUser: string | undefined; place: Place; mark: Mark } | undefined {
  if (typeof idSocket !== 'string' || idSocket === '') return undefined;
  const fields = object(payload);
  const place = { node: text(fields.node), since: text(fields.since) };
  return { idSocket, idUser: userId(fields.id_user), place, mark: readMark(fields) };
}

/** `identity-change {id_user, version}`. */
export function readIdentityChange(payload: unknown): { idUser: string; version: number | undefined } | undefined {
  const fields = object(payload);
  const idUser = userId(fields.id_user);
  return idUser === undefined ? undefined : { idUser, version: natural(fields.version) };
}

/** A refusal, `connect_error {message, data: {code}}`. */
export function readRefusal(error: { message: string; data?: unknown }): Refusal {
  return { reason: error.message, code: text(object(error.data).code) ?? '' };
}

/** Why a node ends a connection for good, rather than for us to come back by ourselves. */
const ends: ReadonlySet<unknown> = new Set(['token_expired', 'token_revoked', 'unknown_user', 'closed']);

/** `closing {code, error}`: why the connection ends, if we are not to come back by ourselves. */
export function readClosing(payload: unknown): Refusal | undefined {
  const { code, error } = object(payload);
  return ends.has(code) ? { code: code as string, reason: text(error) ?? '' } : undefined;
}

/** `token-expiring {expires}`: when our token expires, in Unix milliseconds. */
export function readExpiring(payload: unknown): number | undefined {
  const at = Date.parse(text(object(payload).expires) ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** What became of a new token: the rooms that it does not let us be in, or why it was not taken. */
export type Renewal = { ok: true; left: readonly string[] } | { ok: false; problem: string };

/** The answer to `token`: `{ok: true, expires, left}`, or `{ok: false, error, code}`. */
export function readRenewal(answer: unknown): Renewal {
  const { ok, left, error } = object(answer);
  if (ok !== true) return { ok: false, problem: text(error) ?? 'The node did not take it, and gave no reason.' };
  return { ok, left: Array.isArray(left) ? left.filter((room) => typeof room === 'string') : [] };
}

/** `removed {room, code}`: the room that somebody has taken us out of. */
export function readRemoved(payload: unknown): string | undefined {
  const { room } = object(payload);
  return typeof room === 'string' ? room : undefined;
}

function userId(value: unknown): string | undefined {
  return isUserId(value) ? value : undefined;
}

function readMark(fields: Record<string, unknown>): Mark {
  return { epoch: natural(fields.epoch), seq: natural(fields.seq) };
}

/** An epoch may be too large for a number to hold exactly; it is only compared, so that does not matter. */
function natural(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
