import type { Kind as ActorKind, Summary } from '../wire';

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
const everyActorKind: Record<ActorKind, true> = { socket: true, roster: true, room: true, node: true, identity: true };

export const kinds = Object.keys(everyKind) as readonly Kind[];
export const outcomes = Object.keys(everyOutcome) as readonly Outcome[];
export const actorKinds = Object.keys(everyActorKind) as readonly ActorKind[];
