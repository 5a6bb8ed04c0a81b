/** What the nodes say to the dashboard, as they say it. Times are RFC 3339, or in milliseconds where the name ends in `_ms`. */

export type NodeStatus = 'up' | 'suspect' | 'draining' | 'gone';

export interface NodeState {
  node: string;
  status: NodeStatus;
  /** Since when it has this status. */
  since: string;
  started: string;
  version: string;
  /** Where it answers HTTP; empty if it does not say. */
  address: string;
  sockets: number;
  rooms: number;
  /** In messages. */
  mailbox_p99: number;
  mailbox_max: number;
  redis: { state: 'up' | 'down' | 'none'; since?: string; error?: string };
  database: { state: 'up' | 'down'; error?: string };
  /** How long it took to answer the survey. */
  latency_ms: number;
  dropped_spans: number;
  dead_letters: number;
  panics: number;
  goroutines: number;
  memory_bytes: number;
}

export interface Traffic {
  from: string;
  to: string;
  messages_per_s: number;
}

/** The share of traces that are kept, 0 to 1; null when tracing is off. */
export interface Tracing {
  rate: number | null;
}

export interface ClusterState {
  at: string;
  /** The node that was asked. */
  node: string;
  tracing: Tracing;
  nodes: NodeState[];
  traffic: Traffic[];
  /** The nodes that have another user store than the one that was asked. */
  astray: string[];
}

export interface Info {
  node: string;
  version: string;
  /** Whether `rollcall cluster` runs the node. */
  local: boolean;
  tracing: Tracing;
  /** Where an external tracer shows a trace, with `{trace_id}` in it. */
  tracer_url: string | null;
}

/** Five seconds of one node. */
export interface Sample {
  at_ms: number;
  node: string;
  sockets: number;
  /** Per second, as rolls, incomplete and dead_letters are. */
  joins: number;
  rolls: number;
  incomplete: number;
  /** null when there was no roll. */
  p50_ms: number | null;
  p99_ms: number | null;
  /** The slowest identity change; null when there was none. */
  lag_ms: number | null;
  dead_letters: number;
}

export const kinds = ['roll', 'join', 'leave', 'message', 'identity', 'http'] as const;
export type Kind = (typeof kinds)[number];

export const outcomes = ['ok', 'slow', 'incomplete', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

export interface Summary {
  trace_id: string;
  kind: Kind;
  name: string;
  node: string;
  room: string;
  /** null when it is about no user. */
  id_user: string | null;
  id_socket: string;
  start: string;
  start_ms: number;
  duration_ms: number;
  outcome: Outcome;
  /** The nodes that were asked and did not answer. */
  missing: string[];
  error: string;
}

export interface Traces {
  traces: Summary[];
  silent: string[];
  dropped: number;
}

export interface LogLine {
  at_ms: number;
  level: string;
  message: string;
  fields?: Record<string, unknown>;
}

/** The work of one actor on one message. Offsets are from the start of the trace. */
export interface Span {
  span_id: string;
  parent_id: string;
  node: string;
  actor: string;
  identity: string;
  /** The message. */
  name: string;
  from: string;
  /** The node whose answer it waits for; empty if it does not wait. */
  peer: string;
  /** null when nothing was sent, as for the first span of a trace. */
  sent_ms: number | null;
  arrived_ms: number | null;
  started_ms: number;
  /** null while it is still open. */
  ended_ms: number | null;
  outcome: Outcome;
  error: string;
  /** Whether the answer waited for it. */
  critical: boolean;
  fields: Record<string, unknown>;
  logs: LogLine[];
  /** Whether it belongs to another trace, whose work this one shared. */
  linked: boolean;
}

export interface Trace extends Summary {
  spans: Span[];
  nodes: string[];
  deadline_ms: number | null;
  /** The nodes that did not hand over their spans. */
  silent: string[];
  /** Spans that were lost. */
  dropped: number;
}

export interface ActorKind {
  kind: string;
  node: string;
  count: number;
  mailbox_p99: number;
  restarts: number;
}

export interface Actor {
  kind: string;
  identity: string;
  node: string;
  mailbox: number;
  unit: 'messages' | 'bytes';
  started: string;
  restarts: number;
  last_error: string;
  last_error_at: string | null;
}

export interface Actors {
  kinds: ActorKind[];
  actors: Actor[];
  /** How many there are, of which `actors` may be a part. */
  total: number;
  silent: string[];
}

export interface GrainRoute {
  node: string;
  has_roster: 'yes' | 'no' | 'unknown';
}

export interface Grain {
  node: string;
  epoch: string | number;
  seq: number;
  since: string;
  routes: GrainRoute[];
}

export interface RosterState {
  node: string;
  awake: boolean;
  enrolled: boolean;
  epoch: string | number;
  seq: number;
  version: number;
  sockets: number;
  users: number;
  mailbox: number;
}

export interface RoomReport {
  room: string;
  grain: Grain | null;
  grain_error: string;
  rosters: RosterState[];
  differences: { node: string; what: string }[];
  silent: string[];
}
