import { readClaims } from './claims';
import { keep, kept } from '../../shared/keep';

/** Where the token is kept: for this tab, until it is closed. */
const key = 'rollcall-token';

/**
 * What the page proves with who it is: a token, "" while there is none. It goes to the
 * node, in the connection's `auth` and in `Authorization`, and nowhere else: into no
 * address, no text of the page and no error.
 */
export class Pass {
  token = $state(kept(key, () => sessionStorage) ?? '');
  /** What the token says. */
  readonly claims = $derived(readClaims(this.token));

  /** Another token counts from now on. */
  show(token: string): void {
    this.token = token;
    keep(key, token, () => sessionStorage);
  }

  /**
   * Takes the token out of the page's address, as `rollcall token --url` prints it: neither
   * the address bar nor "back" nor a bookmark is to show it. Returns whether there was one.
   */
  take(): boolean {
    const { token, rest } = splitToken(location.hash);
    if (token === undefined) return false;
    history.replaceState(null, '', location.pathname + location.search + rest);
    if (token !== '') this.show(token);
    return true;
  }
}

/** Divides the fragment of an address into the token that it brings, undefined for none, and the rest of it. */
export function splitToken(hash: string): { token: string | undefined; rest: string } {
  const parameters = new URLSearchParams(hash.slice(1));
  const token = parameters.get('token')?.trim();
  if (token === undefined) return { token, rest: hash };
  parameters.delete('token');
  const rest = parameters.toString();
  return { token, rest: rest && `#${rest}` };
}

/** The token in what somebody has pasted: it may be an address with it, or a header. */
export function pasted(text: string): string {
  return text.trim().replace(/^(?:\S*#token=|(?:Authorization:\s*)?Bearer\s+)/i, '');
}

/** The command that makes a token for trying, for a POSIX shell. */
export function tokenCommand(room: string, idUser = '1'): string {
  // In what --room takes, * and = have meanings of their own; without it all rooms are meant.
  const where = room === '' || /[*=]/.test(room) ? '' : ` --room ${quoted(room)}`;
  return `rollcall token --sub ${quoted(idUser)}${where}`;
}

function quoted(text: string): string {
  return /^[\w.@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
