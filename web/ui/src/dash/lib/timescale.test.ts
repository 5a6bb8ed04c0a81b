import { describe, expect, it } from 'vitest';
import { place, tidy, ticks } from './timescale';

const scale = { until: 10, left: 100, right: 300 };

describe('a time scale', () => {
  it.each([
    [0, 100],
    [5, 200],
    [10, 300],
    [-1, 100], // what is outside is at the edge
    [11, 300],
  ])('draws %d ms at %d', (ms, x) => {
    expect(place(scale, ms)).toBe(x);
  });

  it('of nothing has everything at its start', () => {
    expect(place({ ...scale, until: 0 }, 3)).toBe(100);
  });

  it.each([
    [10, '0 5 ms 10 ms'],
    [251, '0 200 ms'],
    [0.9, '0 0.5 ms'],
    [2_600, '0 2 s'],
  ])('up to %d ms has round ticks: %s', (until, want) => {
    expect(
      ticks({ ...scale, until })
        .map(({ label }) => label)
        .join(' '),
    ).toBe(want);
  });

  it('has ticks apart from each other, and within itself', () => {
    for (const until of [0.013, 0.7, 1, 3.3, 250, 999, 12_345]) {
      const at = ticks({ until, left: 0, right: 900 }).map(({ x }) => x);
      expect(at.length).toBeGreaterThan(1);
      at.forEach((x, i) => {
        if (i > 0) expect(x - (at[i - 1] ?? 0)).toBeGreaterThanOrEqual(95.9);
        expect(x).toBeLessThanOrEqual(900);
      });
    }
  });

  it.each([
    ['0.20 ms', '0.2 ms'],
    ['10.0 ms', '10 ms'],
    ['250 ms', '250 ms'],
    ['0.00 ms', '0'],
    ['0/s', '0/s'],
    ['1.50 s', '1.5 s'],
  ])('tidies %s as %s', (text, want) => {
    expect(tidy(text)).toBe(want);
  });
});
