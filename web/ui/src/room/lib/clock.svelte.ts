/** The time, as components show it. */
export interface Clock {
  /** Unix milliseconds. */
  readonly now: number;
}

/** A clock that ticks every so many milliseconds, as long as the component that made it is there. */
export function clock(every: number): Clock {
  let now = $state(Date.now());
  $effect(() => {
    const timer = setInterval(() => (now = Date.now()), every);
    return () => clearInterval(timer);
  });
  return {
    get now() {
      return now;
    },
  };
}
