import { isUserId } from '../../shared/user-id';
import { kinds, outcomes, type Kind, type Outcome } from './kinds';

export const views = ['traces', 'actors', 'charts'] as const;
export type View = (typeof views)[number];

/** Everything that the page shows by choice; all of it is in the address. */
export interface Query {
  view: View;
  /** The node that everything below the strip is about; empty for all. */
  node: string;

  kind: Kind | '';
  room: string;
  idUser: string;
  outcome: Outcome | '';
  /** Traces that took at least so many milliseconds. */
  minMs: string;

  /** The open trace, the one that it is compared with, and the chosen span. */
  trace: string;
  compare: string;
  span: string;
  /** Whether the waterfall ends with the last answer instead of the deadline. */
  zoom: boolean;

  actorKind: string;
  q: string;
  /** A column of the actors; with a minus the largest first. */
  sort: string;
  /** The room in the inspector. */
  inspect: string | undefined;

  /** The drawings whose tables are open. */
  tables: string[];
}

export const noQuery: Readonly<Query> = {
  view: 'traces',
  node: '',
  kind: '',
  room: '',
  idUser: '',
  outcome: '',
  minMs: '',
  trace: '',
  compare: '',
  span: '',
  zoom: false,
  actorKind: '',
  q: '',
  sort: '-mailbox',
  inspect: undefined,
  tables: [],
};

/** The filter of the traces with nothing in it. The node is the strip's. */
export const noFilter = { kind: '', room: '', idUser: '', outcome: '', minMs: '' } as const satisfies Partial<Query>;

/** Reads the query part of an address. What it does not know it leaves out. */
export function readQuery(search: string): Query {
  const has = new URLSearchParams(search);
  const text = (name: string): string => has.get(name) ?? '';
  return {
    view: one(views, text('view')) || (has.has('inspect') ? 'actors' : noQuery.view),
    node: text('node'),
    kind: one(kinds, text('kind')),
    room: text('room'),
    idUser: isUserId(text('id_user')) ? text('id_user') : '',
    outcome: one(outcomes, text('outcome')),
    minMs: decimal(text('min_ms')),
    trace: text('trace'),
    compare: text('compare'),
    span: text('span'),
    zoom: text('zoom') === 'answers',
    actorKind: text('actor'),
    q: text('q'),
    sort: text('sort') || noQuery.sort,
    inspect: has.get('inspect') ?? undefined,
    tables: text('tables').split(',').filter(Boolean),
  };
}

/** The query part of an address, with `?` unless it is empty. {@link readQuery} reads it. */
export function writeQuery(query: Query): string {
  const out = new URLSearchParams();
  const put = (name: string, value: string, otherwise = ''): void => {
    if (value !== otherwise) out.set(name, value);
  };
  put('view', query.view, query.inspect === undefined ? noQuery.view : 'actors');
  put('node', query.node);
  put('kind', query.kind);
  put('room', query.room);
  put('id_user', query.idUser);
  put('outcome', query.outcome);
  put('min_ms', query.minMs);
  put('trace', query.trace);
  put('compare', query.compare);
  put('span', query.span);
  put('zoom', query.zoom ? 'answers' : '');
  put('actor', query.actorKind);
  put('q', query.q);
  put('sort', query.sort, noQuery.sort);
  if (query.inspect !== undefined) out.set('inspect', query.inspect);
  put('tables', query.tables.join(','));
  const written = out.toString();
  return written && `?${written}`;
}

function one<T extends string>(known: readonly T[], value: string): T | '' {
  return known.find((each) => each === value) ?? '';
}

function decimal(value: string): string {
  return /^\d{1,9}(\.\d{1,3})?$/.test(value) ? value : '';
}
