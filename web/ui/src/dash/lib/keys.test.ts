import { describe, expect, it, vi } from 'vitest';
import { Keys } from './keys';

interface Pressed {
  key: string;
  tagName?: string;
  ctrlKey?: boolean;
  inDialog?: boolean;
}

function press(keys: Keys, { key, tagName = 'BODY', inDialog = false, ...more }: Pressed): boolean {
  let prevented = false;
  const target = { tagName, isContentEditable: false, closest: () => (inDialog ? {} : null) };
  keys.press({ key, target, preventDefault: () => (prevented = true), ...more } as unknown as KeyboardEvent);
  return prevented;
}

describe('a key', () => {
  it('acts when it is bound, and is left to the browser otherwise', () => {
    const keys = new Keys();
    const act = vi.fn();
    keys.bind({ '/': act });
    expect(press(keys, { key: '/' })).toBe(true);
    expect(press(keys, { key: 'a' })).toBe(false);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it.each<[string, Pressed]>([
    ['while something is typed', { key: 'p', tagName: 'INPUT' }],
    ['while something is chosen', { key: 'p', tagName: 'SELECT' }],
    ['with another key', { key: 'p', ctrlKey: true }],
    ['in a dialog', { key: 'p', inDialog: true }],
  ])('does not act %s', (_, pressed) => {
    const keys = new Keys();
    const act = vi.fn();
    keys.bind({ p: act });
    expect(press(keys, pressed)).toBe(false);
    expect(act).not.toHaveBeenCalled();
  });

  it('Escape acts while something is typed, too', () => {
    const keys = new Keys();
    const act = vi.fn();
    keys.bind({ Escape: act });
    press(keys, { key: 'Escape', tagName: 'INPUT' });
    expect(act).toHaveBeenCalledTimes(1);
  });

  it('belongs to who bound it last, until they let go', () => {
    const keys = new Keys();
    const [first, second] = [vi.fn(), vi.fn()];
    keys.bind({ '/': first });
    const release = keys.bind({ '/': second });
    press(keys, { key: '/' });
    release();
    press(keys, { key: '/' });
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
  });
});
