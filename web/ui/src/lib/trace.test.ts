import { expect, test } from 'vitest';
import { newTraceparent, tracePath } from './trace';

test('a trace has an id of its own and asks to be kept', () => {
  expect(newTraceparent()).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(newTraceparent()).not.toBe(newTraceparent());
});

test('bytes are written with two digits each', () => {
  const counting = (n: number) => Uint8Array.from({ length: n }, (_, i) => i);
  expect(newTraceparent(counting)).toBe('00-000102030405060708090a0b0c0d0e0f-0001020304050607-01');
});

test('a trace is shown by the dashboard', () => {
  expect(tracePath('4bf92f35')).toBe('/dash?trace=4bf92f35');
});
