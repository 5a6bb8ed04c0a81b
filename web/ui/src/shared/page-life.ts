/** What may happen to a page as a whole. */
export interface PageLife {
  /** It goes where nothing of it runs: it is left, perhaps into the back/forward cache, or frozen. */
  gone(): void;
  /** It is back from there. */
  back(): void;
  /** It is seen again, or the network is back: what was waited for may be there now. */
  awake(): void;
  /** The device has lost its network. */
  offline(): void;
}

/**
 * Tells of the life of a page until the function that it returns is called. A page
 * that is gone comes back, or nothing more is heard of it.
 *
 * On its way into the back/forward cache a page is told both of `pagehide` and of
 * `freeze`, and on its way back of `resume` and of `pageshow`, which count as one. A
 * frozen tab that a browser wakes without `resume` is back when it is seen.
 */
export function followPage(
  life: PageLife,
  view: EventTarget = window,
  page: EventTarget & Pick<Document, 'visibilityState'> = document,
): () => void {
  const following = new AbortController();
  const on = (target: EventTarget, types: string[], heard: () => void): void => {
    for (const type of types) target.addEventListener(type, heard, { signal: following.signal });
  };
  let isGone = false;

  const gone = (): void => {
    if (isGone) return;
    isGone = true;
    life.gone();
  };
  const awake = (): void => {
    if (!isGone) return life.awake();
    isGone = false;
    life.back();
  };
  on(view, ['pagehide'], gone);
  on(page, ['freeze'], gone);
  on(view, ['pageshow'], () => isGone && awake());
  on(page, ['resume'], awake);
  on(page, ['visibilitychange'], () => page.visibilityState === 'visible' && awake());
  on(view, ['online'], () => isGone || life.awake());
  on(view, ['offline'], () => isGone || life.offline());
  return () => following.abort();
}
