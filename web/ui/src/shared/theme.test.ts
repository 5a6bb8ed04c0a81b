import { expect, test } from 'vitest';
import { barMedia, parseTheme } from './theme';

test.each([
  ['dark', 'dark'],
  ['light', 'light'],
  ['system', 'system'],
  ['sepia', 'system'],
  ['', 'system'],
  [null, 'system'],
  [undefined, 'system'],
])('a kept theme of %j is %s', (value, want) => {
  expect(parseTheme(value)).toBe(want);
});

test.each([
  ['system', 'light', '(prefers-color-scheme: light)'],
  ['system', 'dark', '(prefers-color-scheme: dark)'],
  ['dark', 'dark', 'all'],
  ['dark', 'light', 'not all'],
  ['light', 'light', 'all'],
  ['light', 'dark', 'not all'],
] as const)('with the theme %s, the bars of %s apply to %s', (theme, scheme, want) => {
  expect(barMedia(theme, scheme)).toBe(want);
});
