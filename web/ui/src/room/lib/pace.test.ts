import { expect, test } from 'vitest';
import { backOff } from './pace';

test.each([
  [1, 500],
  [2, 1_000],
  [4, 4_000],
  [6, 10_000],
  [1_000, 10_000],
])('after %i failures the wait is around %i ms', (failures, around) => {
  expect(backOff(failures, () => 0.5)).toBe(around);
  expect(backOff(failures, () => 0)).toBe(around * 0.75);
  expect(backOff(failures, () => 1)).toBe(around * 1.25);
});
