import { keep, kept } from '../../lib/keep';

/** Where the admin token is kept: for this tab, until it is closed. */
const key = 'rollcall-admin-token';

export function keptToken(): string {
  return kept(key, () => sessionStorage) ?? '';
}

export function keepToken(token: string): void {
  keep(key, token, () => sessionStorage);
}
