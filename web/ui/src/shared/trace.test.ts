import { expect, test } from 'vitest';
import { isKept, tracePath } from './trace';

const ids = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7';

test.each([
  [`${ids}-01`, true],
  [`${ids}-03`, true],
  [`${ids}-00`, false],
  [`${ids}-02`, false],
  [ids, false],
  ['', false],
  [null, false],
])('whether %s is kept', (traceparent, kept) => {
  expect(isKept(traceparent)).toBe(kept);
});

test('a trace is shown by the dashboard', () => {
  expect(tracePath('4bf92f35')).toBe('/dash?trace=4bf92f35');
});
