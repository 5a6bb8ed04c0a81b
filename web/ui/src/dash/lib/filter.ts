import type { Summary } from '../wire';
import type { Query } from './query';

export type Filter = Pick<Query, 'node' | 'kind' | 'room' | 'idUser' | 'outcome' | 'minMs'>;

/** Whether a trace is one of those that the filter asks for. */
export function matches(filter: Filter, trace: Summary): boolean {
  return (
    (filter.kind === '' || trace.kind === filter.kind) &&
    (filter.room === '' || trace.room === filter.room) &&
    (filter.idUser === '' || trace.id_user === filter.idUser) &&
    (filter.node === '' || trace.node === filter.node || trace.missing.includes(filter.node)) &&
    (filter.outcome === '' || trace.outcome === filter.outcome) &&
    trace.duration_ms >= Number(filter.minMs)
  );
}

/** Whether the filter lets everything through, but for the node. */
export function isOpen(filter: Filter): boolean {
  return !(filter.kind || filter.room || filter.idUser || filter.outcome || filter.minMs);
}

/** The filter as the nodes' REST API takes it. */
export function toParameters(filter: Filter): URLSearchParams {
  const out = new URLSearchParams();
  const put = (name: string, value: string): void => {
    if (value) out.set(name, value);
  };
  put('kind', filter.kind);
  put('room', filter.room);
  put('id_user', filter.idUser);
  put('node', filter.node);
  put('outcome', filter.outcome);
  put('min_ms', filter.minMs);
  return out;
}
