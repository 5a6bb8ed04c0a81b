/**
 * What a token says, as far as the page shows it. Nothing of it is verified here, and
 * nothing is decided by it: what counts is what the node answers.
 */
export interface Claims {
  /** The claim `sub`. A server may go by another claim: what a roll says of our socket counts. */
  user: string | undefined;
  /** Unix milliseconds. */
  expires: number | undefined;
  /** Rights by pattern; undefined if the token leaves them to the server. */
  rooms: Readonly<Record<string, string>> | undefined;
}

/** Reads the payload of a JSON Web Token. Of what is none, nothing is known. */
export function readClaims(token: string): Claims {
  const { sub, exp, rooms } = payloadOf(token);
  return {
    user: typeof sub === 'string' && sub !== '' ? sub : Number.isSafeInteger(sub) ? String(sub) : undefined,
    expires: typeof exp === 'number' ? exp * 1_000 : undefined,
    rooms: typeof rooms === 'object' && rooms !== null ? (rooms as Record<string, string>) : undefined,
  };
}

/** The rights that a token gives in a room, as letters of `jwld`; undefined if it does not say. */
export function rightsIn({ rooms }: Claims, room: string): string | undefined {
  if (rooms === undefined) return undefined;
  const given = Object.entries(rooms).filter(([pattern]) => matches(pattern, room));
  return [...'jwld'].filter((letter) => given.some(([, rights]) => String(rights).includes(letter))).join('');
}

/** Whether a pattern, in which `*` stands for any text, matches a whole name. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return first === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

function payloadOf(token: string): Record<string, unknown> {
  try {
    const text = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    const payload: unknown = JSON.parse(
      new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0))),
    );
    return typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
