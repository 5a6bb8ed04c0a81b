/**
 * The state of our connection to the room.
 *
 * - connecting: the first try; also while its handshake is outstanding
 * - live: in the room
 * - reconnecting: was in the room, or has failed a few times, and tries again
 * - turned away: a node was reached and hung up, as it does when it cannot let us in
 *   just now; tries again
 * - offline: cannot reach a node, and goes on trying
 * - refused: a node answered, and will not let us in; trying again by itself is no use
 */
export type State = 'connecting' | 'live' | 'reconnecting' | 'turned-away' | 'offline' | 'refused';

export interface ConnectionState {
  state: State;
  /** Failed tries in a row. */
  failures: number;
  /** Why we are refused. */
  refusal?: Refusal;
  /** When the next try is due, Unix milliseconds; undefined while one is under way. */
  retryAt?: number;
}

/** Why a node will not let us in. */
export interface Refusal {
  /** For programs, such as `unknown_user`; empty if the node gave none. */
  code: string;
  /** In the words of the node. */
  reason: string;
}

export type Signal =
  | { type: 'handshake' }
  | { type: 'closed'; retryAt: number }
  /** A try has failed; `reached` if a node had taken it. */
  | { type: 'failed'; retryAt: number; reached: boolean }
  | { type: 'trying' }
  | { type: 'refused'; refusal: Refusal }
  | { type: 'network-lost' }
  /** We have left by ourselves, to come back. */
  | { type: 'left' }
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
      const { retryAt, reached } = signal;
      const failures = current.failures + 1;
      return { state: afterFailure(current.state, failures, reached), failures, retryAt };
    }
    case 'trying': {
      const { retryAt: _, ...trying } = current;
      return trying;
    }
    case 'refused':
      return { state: 'refused', failures: 0, refusal: signal.refusal };
    case 'network-lost':
      return current.state === 'refused' ? current : { ...current, state: 'offline' };
    case 'left':
      if (current.state === 'refused') return current;
      return { state: current.state === 'connecting' ? 'connecting' : 'reconnecting', failures: 0 };
    case 'retry':
      return { state: current.state === 'refused' ? 'connecting' : 'reconnecting', failures: 0 };
  }
}

function afterFailure(state: State, failures: number, reached: boolean): State {
  if (reached) return 'turned-away';
  if (failures >= hiccups || state === 'offline') return 'offline';
  return state === 'connecting' || state === 'turned-away' ? state : 'reconnecting';
}
