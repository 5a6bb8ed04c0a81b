import { ApiError, bearer, callRoll, request, type Roll } from '../../shared/api';
import type { About, ActorTable, Inspection, Trace, TraceList } from '../wire';
import type { Query } from './query';
import { toParameters, type Filter } from './filter';

/*
 * A list that is empty may come as null; here it becomes empty again.
 */

/** The operator's part of a node's REST API, asked with a token or without. */
export class Api {
  constructor(private readonly token: string) {}

  info(signal?: AbortSignal): Promise<About> {
    return this.#read('/api/dash', signal);
  }

  async traces(filter: Filter, signal?: AbortSignal): Promise<TraceList> {
    const found = await this.#read<TraceList>(`/api/dash/traces?${toParameters(filter)}`, signal);
    return { ...found, silent: found.silent ?? [] };
  }

  /** Throws an {@link ApiError} with status 404 when no node has it, yet or any more. */
  trace(id: string, signal?: AbortSignal): Promise<Trace> {
    return this.#read(`/api/dash/traces/${encodeURIComponent(id)}`, signal);
  }

  async actors(query: Pick<Query, 'actorKind' | 'node' | 'q' | 'sort'>, signal?: AbortSignal): Promise<ActorTable> {
    const parameters = new URLSearchParams({ sort: query.sort });
    if (query.actorKind) parameters.set('kind', query.actorKind);
    if (query.node) parameters.set('node', query.node);
    if (query.q) parameters.set('q', query.q);
    const found = await this.#read<ActorTable>(`/api/dash/actors?${parameters}`, signal);
    return { ...found, silent: found.silent ?? [] };
  }

  /** What the grain and the rosters of a room say, and the roll that is called at the same time. */
  async room(name: string, signal?: AbortSignal): Promise<[Inspection, Roll]> {
    const report = this.#read<Inspection>(`/api/dash/rooms/${encodeURIComponent(name)}`, signal);
    const [said, roll] = await Promise.all([report, callRoll(name, this.token)]);
    return [{ ...said, silent: said.silent ?? [] }, roll];
  }

  async #read<T>(path: string, signal?: AbortSignal): Promise<T> {
    const response = await request(path, { headers: { ...bearer(this.token), Accept: 'application/json' } });
    signal?.throwIfAborted();
    try {
      return (await response.json()) as T;
    } catch {
      throw new ApiError(response.status, 'The answer was not JSON');
    }
  }
}
