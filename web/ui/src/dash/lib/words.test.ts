import { describe, expect, it } from 'vitest';
import {
  actorOf,
  age,
  bytes,
  clock,
  clockSeconds,
  duration,
  durationOr,
  fieldText,
  number,
  rate,
  toWhom,
  tracingWord,
  weight,
} from './words';

it.each([
  [0, '0.00 ms'],
  [0.416, '0.42 ms'],
  [9.994, '9.99 ms'],
  [9.996, '10.0 ms'],
  [99.96, '100 ms'],
  [250.4, '250 ms'],
  [999.6, '1.00 s'],
  [1_254, '1.25 s'],
  [12_345, '12.3 s'],
])('a duration of %d ms is %s', (ms, want) => {
  expect(duration(ms)).toBe(want);
});

it('says when a duration is not known', () => {
  expect(durationOr(null)).toBe('–');
  expect(durationOr(2)).toBe('2.00 ms');
});

it.each([
  [-5_000, '0 s'],
  [59_900, '59 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [47 * 3_600_000, '47 h'],
  [48 * 3_600_000, '2 d'],
  [NaN, '–'],
])('an age of %d ms is %s', (ms, want) => {
  expect(age(ms)).toBe(want);
});

it('tells the time of day', () => {
  const noon = new Date(2026, 5, 1, 12, 3, 5, 7).getTime();
  expect(clock(noon)).toBe('12:03:05.007');
  expect(clockSeconds(noon)).toBe('12:03:05');
  expect(clock(NaN)).toBe('–');
});

it.each([
  [0, '0'],
  [0.2512, '0.251'],
  [12, '12'],
  [1_234, '1,234'],
  [12_345, '12.3K'],
])('the number %d is %s', (n, want) => {
  expect(number(n)).toBe(want);
  expect(rate(n)).toBe(`${want}/s`);
});

it.each([
  [0, '0 B'],
  [512, '512 B'],
  [1_536, '1.5 KiB'],
  [50 * 1_024 * 1_024, '50 MiB'],
])('%d bytes are %s', (n, want) => {
  expect(bytes(n)).toBe(want);
});

describe('how it traces', () => {
  it.each([
    [null, 'tracing is off'],
    [1, 'every request is traced'],
    [0.1, '10 % of requests are traced'],
    [0, 'only slow, incomplete and failed requests are traced'],
  ])('%s: %s', (rate, want) => {
    expect(tracingWord(rate)).toBe(want);
  });
});

it.each([
  [{ actor: 'roster', identity: 'Maths' }, 'roster Maths'],
  [{ actor: 'node', identity: 'node' }, 'node'],
  [{ actor: 'http', identity: '' }, 'http'],
])('%o is %s', (span, want) => {
  expect(actorOf(span)).toBe(want);
});

it('says for whom a span waits', () => {
  expect(toWhom({ actor: 'roster', identity: 'Maths', peer: 'node-3' })).toBe('→ node-3');
  expect(toWhom({ actor: 'roster', identity: 'Maths', peer: '' })).toBe('roster Maths');
});

it('writes the value of any field', () => {
  expect(fieldText('a "b"')).toBe('a "b"');
  expect(fieldText(['node-3'])).toBe('["node-3"]');
  expect(fieldText(3)).toBe('3');
  expect(fieldText(undefined)).toBe('');
});

it('weighs durations by powers of ten', () => {
  expect([0, 0.1, 1, 10, 1_000, 60_000].map(weight)).toEqual([0, 0, 0.25, 0.5, 1, 1]);
});
