/** The keys of the page: one that is bound acts, unless something is being typed. */
export class Keys {
  #bound = new Map<string, (() => void)[]>();

  /** Binds keys, as KeyboardEvent.key names them, until the returned function is called. The last binding of a key acts. */
  bind(acts: Readonly<Record<string, () => void>>): () => void {
    for (const [key, act] of Object.entries(acts)) this.#bound.set(key, [...(this.#bound.get(key) ?? []), act]);
    return () => {
      for (const [key, act] of Object.entries(acts)) {
        this.#bound.set(key, this.#bound.get(key)?.filter((each) => each !== act) ?? []);
      }
    };
  }

  /** Takes a keydown event of the window. */
  press = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target as Partial<HTMLElement> | null;
    if (event.key !== 'Escape' && isTyping(target)) return;
    const act = this.#bound.get(event.key)?.at(-1);
    if (act === undefined || target?.closest?.('dialog')) return;
    event.preventDefault();
    act();
  };
}

function isTyping(target: Partial<HTMLElement> | null): boolean {
  return target?.isContentEditable === true || ['INPUT', 'SELECT', 'TEXTAREA'].includes(target?.tagName ?? '');
}
