import { accessAfter, type Access } from './access';
import { Address } from './address.svelte';
import { Api } from './api';
import type { About, ClusterState, Sample, Summary } from '../wire';
import { matches, type Filter } from './filter';
import { Handover } from './handover';
import { Live } from './live';
import { countWaiting, mergeTraces } from './recent';
import { mergeSamples } from './samples';
import { keepToken, keptToken } from './token';

/** After so many milliseconds without a word the connection counts as lost: the node speaks every second. */
const silence = 4_000;

/** How long a node that could not be asked is left alone, in milliseconds. */
const patience = 5_000;

/** How long the other tabs have to hand over the token before the node is asked without one, in milliseconds. Late is not too late. */
const handoverPatience = 100;

/** What the dashboard knows, live. */
export class Dashboard {
  readonly address = new Address();

  access = $state<Access>('loading');
  /** Why we may not look, in the words of the node. */
  reason = $state('');
  /** Whether a token was sent, and refused. */
  tokenRefused = $state(false);
  api = $state.raw(new Api(''));
  info = $state.raw<About>();

  cluster = $state.raw<ClusterState>();
  /** Unix time in milliseconds of the last word of the node, by our clock. */
  heard = $state(0);
  /** Our clock, once a second. */
  now = $state(Date.now());
  /** How far the clock of the node is ahead of ours, in milliseconds. */
  #ahead = $state(0);
  connected = $state(false);

  traces = $state.raw<Summary[]>([]);
  samples = $state.raw<Sample[]>([]);
  /** What the list showed when it was paused. */
  #frozen = $state.raw<Summary[]>();

  tracingOff = $derived((this.cluster ?? this.info)?.tracing.rate === null);
  /** The clock of the node, for the age of what it dates. */
  nodeNow = $derived(this.now + this.#ahead);
  live = $derived(this.connected && this.now - this.heard < silence);
  paused = $derived(this.#frozen !== undefined);
  /** The traces that the filter asks for, newest first. */
  listed = $derived((this.#frozen ?? this.traces).filter((trace) => matches(this.filter, trace)));
  waiting = $derived(
    this.#frozen === undefined
      ? 0
      : countWaiting(
          this.#frozen,
          this.traces.filter((trace) => matches(this.filter, trace)),
        ),
  );

  #handover = new Handover(
    () => (this.access === 'open' ? keptToken() : ''),
    (token) => this.access === 'open' || void this.enter(token),
  );
  #live: Live | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #timer = setInterval(() => (this.now = Date.now()), 1_000);

  constructor() {
    const token = keptToken();
    if (token !== '') {
      void this.enter(token);
      return;
    }
    this.#handover.ask();
    this.#again = setTimeout(() => void this.enter(''), handoverPatience);
  }

  get query() {
    return this.address.query;
  }

  get filter(): Filter {
    return this.address.query;
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#again);
    this.#handover.close();
    this.#live?.close();
    this.address.close();
  }

  /** Asks to be let in, with a token or without one. */
  async enter(token: string): Promise<void> {
    clearTimeout(this.#again);
    const api = (this.api = new Api(token));
    try {
      const info = await api.info();
      if (this.api !== api) return; // another token has come meanwhile
      this.info = info;
    } catch (error) {
      if (this.api === api) this.#keptOut(error, token);
      return;
    }
    keepToken(token);
    this.access = 'open';
    this.#connect(token);
  }

  retry(): void {
    if (this.access === 'open') this.#live?.retry();
    else void this.enter(keptToken());
  }

  /** Takes in what was found elsewhere, such as older traces that fit a filter. */
  remember(traces: readonly Summary[]): void {
    this.traces = mergeTraces(this.traces, traces);
  }

  pause(): void {
    this.#frozen = this.#frozen === undefined ? this.traces : undefined;
  }

  #keptOut(error: unknown, token: string): void {
    const { access, reason } = accessAfter(error);
    this.access = access;
    this.reason = reason;
    if (access === 'token') {
      keepToken('');
      this.tokenRefused = token !== '';
    }
    if (access === 'failed') this.#again = setTimeout(() => void this.enter(token), patience);
  }

  #connect(token: string): void {
    this.#live?.close();
    this.#live = new Live(token, {
      connected: () => {
        this.connected = true;
        this.heard = this.now = Date.now();
      },
      lost: () => (this.connected = false),
      // It is told better to a plain question whether the token is at fault.
      refused: (reason) => {
        this.connected = false;
        void this.#explain(reason, token);
      },
      state: (state) => {
        this.cluster = state;
        this.heard = this.now = Date.now();
        this.#ahead = Date.parse(state.at) - this.now;
      },
      traces: (traces) => this.remember(traces),
      samples: (samples) => (this.samples = mergeSamples(this.samples, samples)),
    });
  }

  async #explain(reason: string, token: string): Promise<void> {
    try {
      await this.api.info();
      this.#keptOut(reason, token);
    } catch (error) {
      this.#keptOut(error, token);
    }
  }
}
