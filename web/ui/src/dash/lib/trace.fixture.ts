import type { Sample, Span, Summary, Trace } from '../wire';

/** What the tests of the view models are tried on. */

export function summary(id: string, start_ms: number, more: Partial<Summary> = {}): Summary {
  return {
    trace_id: id,
    kind: 'roll',
    name: 'GET /Maths/users',
    node: 'node-1',
    room: 'Maths',
    id_user: null,
    id_socket: '',
    start: new Date(start_ms).toISOString(),
    start_ms,
    duration_ms: 1.5,
    outcome: 'ok',
    missing: [],
    error: '',
    ...more,
  };
}

export function span(id: string, node: string, more: Partial<Span> = {}): Span {
  return {
    span_id: id,
    parent_id: '',
    node,
    actor: 'node',
    identity: 'node',
    name: 'RollCall',
    from: '',
    peer: '',
    sent_ms: null,
    arrived_ms: null,
    started_ms: 0,
    ended_ms: 1,
    outcome: 'ok',
    error: '',
    critical: false,
    fields: {},
    logs: [],
    linked: false,
    ...more,
  };
}

/** A roll of three nodes, of which node-3 was silent. */
export function incomplete(): Trace {
  return {
    ...summary('t', 0, { node: 'node-2', duration_ms: 251, outcome: 'incomplete', missing: ['node-3'] }),
    spans: [
      span('root', 'node-2', { actor: 'http', identity: '', name: 'GET /Maths/users', ended_ms: 251, critical: true }),
      span('call', 'node-2', { parent_id: 'root', started_ms: 0.1, ended_ms: 250.5, critical: true }),
      span('wait', 'node-2', { parent_id: 'call', peer: 'node-3', started_ms: 0.1, ended_ms: 250, critical: true }),
      span('one', 'node-1', { parent_id: 'call', sent_ms: 0.2, arrived_ms: 0.6, started_ms: 0.7, ended_ms: 2 }),
      span('own', 'node-2', { parent_id: 'call', sent_ms: 0.2, arrived_ms: 0.2, started_ms: 0.3, ended_ms: 0.5 }),
    ],
    nodes: ['node-1', 'node-2', 'node-3'],
    deadline_ms: 250,
    silent: ['node-3'],
    dropped: 0,
  };
}

export function sample(node: string, at_ms: number, more: Partial<Sample> = {}): Sample {
  return {
    at_ms,
    node,
    sockets: 1,
    joins: 0,
    rolls: 0,
    incomplete: 0,
    p50_ms: null,
    p99_ms: null,
    lag_ms: null,
    dead_letters: 0,
    ...more,
  };
}
