import type { Summary } from '../wire';

export type Kind = Summary['kind'];
export type Outcome = Summary['outcome'];

// Records, so that none can be missing.
const everyKind: Record<Kind, true> = {
  roll: true,
  join: true,
  leave: true,
  message: true,
  identity: true,
  http: true,
};
const everyOutcome: Record<Outcome, true> = { ok: true, slow: true, incomplete: true, failed: true };

export const kinds = Object.keys(everyKind) as readonly Kind[];
export const outcomes = Object.keys(everyOutcome) as readonly Outcome[];
