import { ApiError, type User } from './api';

/**
 * Renaming oneself in place, as a state machine. The version that was shown when
 * editing began goes along, so a name that somebody else has set meanwhile is
 * not overwritten unseen: that is the conflict.
 */
export type Rename =
  | { phase: 'shown' }
  | { phase: 'editing'; draft: string; base: User; problem?: string }
  | { phase: 'saving'; draft: string; base: User }
  | { phase: 'conflict'; draft: string; theirs: User }
  | { phase: 'saved'; name: string };

export const shown: Rename = { phase: 'shown' };

export function edit(user: User): Rename {
  return { phase: 'editing', draft: user.name, base: user };
}

/** The draft is to be saved: what to do, which is nothing if it says nothing new. */
export function submit(rename: Rename): Rename {
  if (rename.phase === 'conflict') return { phase: 'saving', draft: rename.draft, base: rename.theirs };
  if (rename.phase !== 'editing') return rename;
  const draft = rename.draft.trim();
  if (draft === '') return { ...rename, problem: 'A name needs at least one letter.' };
  if (draft === rename.base.name) return shown;
  return { phase: 'saving', draft, base: rename.base };
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
  const problem = error instanceof Error ? error.message : 'The name could not be saved.';
  return { phase: 'editing', draft, base, problem };
}
