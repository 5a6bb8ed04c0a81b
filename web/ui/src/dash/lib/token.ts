/** Where the admin token is kept: for this tab, until it is closed. */
const key = 'rollcall-admin-token';

export function readToken(): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return ''; // storage may be forbidden; then it is asked for after each reload
  }
}

export function keepToken(token: string): void {
  try {
    if (token === '') sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, token);
  } catch {
    // see above
  }
}
