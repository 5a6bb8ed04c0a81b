import { ApiError, type User } from '../../shared/api';

/**
 * Renaming oneself in place, as a state machine. The version that was shown when
 * editing began goes along, so a name that somebody else has set meanwhile is
 * not overwritten unseen: that is the conflict. A save that nobody could be asked
 * to make waits until somebody can.
 */
export type Rename =
  | { phase: 'shown' }
  | { phase: 'editing'; draft: string; base: User; problem?: string }
  | { phase: 'saving'; draft: string; base: User }
  | { phase: 'waiting'; draft: string; base: User }
  | { phase: 'conflict'; draft: string; theirs: User }
  | { phase: 'saved'; name: string };

/** The statuses that say nothing about the name: no answer, or none by a node that could have saved it. */
const nobodyThere: ReadonlySet<number> = new Set([0, 502, 503, 504]);

/** The longest that a name may be, in characters. */
const longestName = 255;

/** Something that can be seen: neither a space nor a character that shows nothing, such as U+200B, U+3164 or U+2800. */
const visible = /[^\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

export const shown: Rename = { phase: 'shown' };

/** Begins to edit, or goes on with what waits. */
export function edit(user: User, before: Rename = shown): Rename {
  return { phase: 'editing', draft: before.phase === 'waiting' ? before.draft : user.name, base: user };
}

/**
 * The draft is to be saved: what to do, which is nothing if it says nothing new, and to
 * wait while there is no connection.
 */
export function submit(rename: Rename, connected = true): Rename {
  const phase = connected ? 'saving' : 'waiting';
  if (rename.phase === 'conflict') return { phase, draft: rename.draft, base: rename.theirs };
  if (rename.phase === 'waiting') return { ...rename, phase };
  if (rename.phase !== 'editing') return rename;
  const draft = rename.draft.trim();
  if (!visible.test(draft)) return { ...rename, problem: 'A name needs at least one letter that can be seen.' };
  if ([...draft].length > longestName) return { ...rename, problem: `A name has at most ${longestName} characters.` };
  if (draft === rename.base.name) return shown;
  return { phase, draft, base: rename.base };
}

/** The save was accepted. */
export function saved(rename: Rename): Rename {
  return rename.phase === 'saving' ? { phase: 'saved', name: rename.draft } : rename;
}

/** The save failed. After a conflict, `current` is the user as read again. */
export function failed(rename: Rename, error: unknown, current: User | undefined): Rename {
  if (rename.phase !== 'saving') return rename;
  const { draft, base } = rename;
  if (error instanceof ApiError && error.status === 412 && current !== undefined) {
    if (current.name === draft) return { phase: 'saved', name: draft };
    return { phase: 'conflict', draft, theirs: current };
  }
  if (error instanceof ApiError && nobodyThere.has(error.status)) return { phase: 'waiting', draft, base };
  const problem = error instanceof Error ? error.message : 'The name could not be saved.';
  return { phase: 'editing', draft, base, problem };
}
