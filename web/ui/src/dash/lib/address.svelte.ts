import { readQuery, writeQuery, type Query } from './query';

/** The address of the page, which holds everything that was chosen. */
export class Address {
  query = $state.raw(readQuery(location.search));

  constructor() {
    addEventListener('popstate', this.#read);
  }

  close(): void {
    removeEventListener('popstate', this.#read);
  }

  /** The address with a change. */
  href(change: Partial<Query>): string {
    return location.pathname + writeQuery({ ...this.query, ...change });
  }

  /** Goes there; "back" returns, unless this replaces where we are. */
  go(change: Partial<Query>, how: 'push' | 'replace' = 'push'): void {
    const href = this.href(change);
    if (href === location.pathname + location.search) return;
    history[how === 'push' ? 'pushState' : 'replaceState'](null, '', href);
    this.#read();
  }

  /** Follows a click on a link of {@link href} without loading the page anew. */
  follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const target = event.currentTarget as HTMLElement;
    const href = target.getAttribute('href');
    if (href === null) return;
    event.preventDefault();
    if (href !== location.pathname + location.search) history.pushState(null, '', href);
    this.#read();
  };

  #read = (): void => {
    this.query = readQuery(location.search);
  };
}
