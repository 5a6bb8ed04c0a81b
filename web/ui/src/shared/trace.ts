/** Whether the trace of an answer is kept, by its `traceparent` (W3C Trace Context): sampled is the last bit of its flags. */
export function isKept(traceparent: string | null): boolean {
  const flags = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-([0-9a-f]{2})/.exec(traceparent ?? '')?.[1];
  return flags !== undefined && (Number.parseInt(flags, 16) & 1) === 1;
}

/** Where the dashboard shows a trace. */
export function tracePath(traceId: string): string {
  return `/dash?trace=${encodeURIComponent(traceId)}`;
}
