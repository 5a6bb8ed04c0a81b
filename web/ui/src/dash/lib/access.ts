import { ApiError } from '../../shared/api';

/**
 * Whether we may look:
 *
 * - loading: not known yet
 * - token: the node asks for the admin token
 * - off: this node offers no dashboard
 * - failed: the node could not be asked
 * - open: it lets us
 */
export type Access = 'loading' | 'token' | 'off' | 'failed' | 'open';

/** What a question that was not answered means for our access; the reason is in the words of the node. */
export function accessAfter(error: unknown): { access: Exclude<Access, 'loading' | 'open'>; reason: string } {
  const reason = error instanceof Error ? error.message : String(error);
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 401) return { access: 'token', reason };
  return { access: status === 404 ? 'off' : 'failed', reason };
}
