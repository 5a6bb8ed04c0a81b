import { keep, kept } from '../../shared/keep';

/** Where the admin token is kept: for this tab, until it is closed. Others get it by a {@link Handover}. */
const key = 'rollcall-admin-token';

export function keptToken(): string {
  return kept(key, () => sessionStorage) ?? '';
}

export function keepToken(token: string): void {
  keep(key, token, () => sessionStorage);
}

/** Divides the query of an address into the token that it brings, "" for none, and the rest of it. */
export function splitToken(search: string): { token: string; rest: string } {
  const parameters = new URLSearchParams(search);
  const token = parameters.get('token')?.trim() ?? '';
  parameters.delete('token');
  const rest = parameters.toString();
  return { token, rest: rest && `?${rest}` };
}

/**
 * Keeps the token of the address, as Rollcall prints it when it starts, and takes it out
 * of there: neither the address bar nor "back" nor a bookmark is to show it.
 */
export function takeToken(): void {
  if (!new URLSearchParams(location.search).has('token')) return;
  const { token, rest } = splitToken(location.search);
  history.replaceState(null, '', location.pathname + rest + location.hash);
  if (token) keepToken(token);
}
