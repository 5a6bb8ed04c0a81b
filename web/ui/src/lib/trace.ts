/**
 * A `traceparent` (W3C Trace Context) that begins a trace of its own, with the flag
 * that asks for it to be kept: whoever sees the answer may open its trace.
 */
export function newTraceparent(random = randomBytes): string {
  return `00-${hex(random(16))}-${hex(random(8))}-01`;
}

/** Where the dashboard shows a trace. */
export function tracePath(traceId: string): string {
  return `/dash?trace=${encodeURIComponent(traceId)}`;
}

/** Random, and not all zero, which would name no trace. */
function randomBytes(n: number): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(n));
  bytes[0] ||= 1;
  return bytes;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
