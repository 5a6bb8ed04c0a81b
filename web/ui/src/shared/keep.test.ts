import { expect, test } from 'vitest';
import { keep, kept } from './keep';

const forbidden = (): never => {
  throw new DOMException('no storage here', 'SecurityError');
};

test('what was kept is found again', () => {
  const values = new Map<string, string>();
  const storage = () => ({
    getItem: (name: string) => values.get(name) ?? null,
    setItem: (name: string, value: string) => void values.set(name, value),
  });
  expect(kept('theme', storage)).toBeUndefined();
  keep('theme', 'dark', storage);
  expect(kept('theme', storage)).toBe('dark');
});

test('a browser without storage keeps nothing and breaks nothing', () => {
  expect(kept('theme', forbidden)).toBeUndefined();
  expect(() => keep('theme', 'dark', forbidden)).not.toThrow();
});
