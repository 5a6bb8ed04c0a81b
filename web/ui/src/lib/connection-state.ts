/**
 * The state of our connection to the room.
 *
 * - connecting: the first try; also while its handshake is outstanding
 * - live: in the room
 * - reconnecting: was in the room, or has failed a few times, and tries again
 * - offline: cannot reach a node, and goes on trying
 * - refused: a node answered, and will not let us in; only another user helps
 */
export type State = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'refused';

export interface ConnectionState {
  state: State;
  /** Failed tries in a row. */
  failures: number;
  /** Why we are refused, in the words of the node. */
  reason?: string;
  /** When the next try is due, Unix milliseconds; undefined while one is under way. */
  retryAt?: number;
}

export type Signal =
  | { type: 'handshake' }
  | { type: 'closed'; retryAt: number }
  | { type: 'failed'; retryAt: number }
  | { type: 'trying' }
  | { type: 'refused'; reason: string }
  | { type: 'network-lost' }
  | { type: 'retry' };

/** After so many failed tries in a row it is no hiccup any more. */
const hiccups = 3;

export const initial: ConnectionState = { state: 'connecting', failures: 0 };

/** What a signal makes of a state. */
export function next(current: ConnectionState, signal: Signal): ConnectionState {
  switch (signal.type) {
    case 'handshake':
      return { state: 'live', failures: 0 };
    case 'closed':
      return { state: current.state === 'offline' ? 'offline' : 'reconnecting', failures: 0, retryAt: signal.retryAt };
    case 'failed': {
      const { retryAt } = signal;
      const failures = current.failures + 1;
      if (failures >= hiccups || current.state === 'offline') return { state: 'offline', failures, retryAt };
      return { state: current.state === 'connecting' ? 'connecting' : 'reconnecting', failures, retryAt };
    }
    case 'trying': {
      const { retryAt: _, ...trying } = current;
      return trying;
    }
    case 'refused':
      return { state: 'refused', failures: 0, reason: signal.reason };
    case 'network-lost':
      return current.state === 'refused' ? current : { ...current, state: 'offline' };
    case 'retry':
      return { state: current.state === 'refused' ? 'connecting' : 'reconnecting', failures: 0 };
  }
}
