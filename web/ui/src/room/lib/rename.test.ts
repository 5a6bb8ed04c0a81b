import { expect, test } from 'vitest';
import { ApiError, type User } from '../../shared/api';
import { edit, failed, saved, shown, submit, type Rename } from './rename';

const mary: User = { id_user: '2', name: 'Mary', version: 3 };
const maria: User = { id_user: '2', name: 'Maria', version: 4 };
const conflict = new ApiError(412, 'Changed meanwhile');

const typed = (draft: string): Rename => ({ phase: 'editing', draft, base: mary });
const saving: Rename = { phase: 'saving', draft: 'Marie', base: mary };

test('editing begins with the name as it is', () => {
  expect(edit(mary)).toEqual(typed('Mary'));
});

test('what is saved goes with the version that was shown', () => {
  expect(submit(typed('  Marie '))).toEqual(saving);
});

test('the same name needs no saving', () => {
  expect(submit(typed(' Mary '))).toEqual(shown);
});

test.each(['', '  ', '\u200b', '\u2800\u3164', '\u202e', '\u00a0\ufeff', '\u00ad\u2060'])(
  'the name %j, of which nothing can be seen, is not even sent',
  (name) => {
    expect(submit(typed(name))).toMatchObject({ phase: 'editing', problem: expect.stringContaining('at least one') });
  },
);

test.each([
  ['x'.repeat(255), 'saving'],
  ['🦊'.repeat(255), 'saving'],
  ['x'.repeat(256), 'editing'],
  ['🦊'.repeat(256), 'editing'],
  ['.', 'saving'],
  ['日本', 'saving'],
  ['🏳️‍🌈', 'saving'],
  ['\u0645', 'saving'],
])('the name %j leads to %s', (name, phase) => {
  expect(submit(typed(name)).phase).toBe(phase);
});

test('a save that is accepted is said so', () => {
  expect(saved(saving)).toEqual({ phase: 'saved', name: 'Marie' });
});

test('a name that is not allowed can be mended', () => {
  expect(failed(saving, new ApiError(422, 'Invalid', 'Too long.'), undefined)).toEqual({
    phase: 'editing',
    draft: 'Marie',
    base: mary,
    problem: 'Too long.',
  });
});

test('after a conflict both names are there to choose from', () => {
  const state = failed(saving, conflict, maria);
  expect(state).toEqual({ phase: 'conflict', draft: 'Marie', theirs: maria });
  expect(submit(state)).toEqual({ phase: 'saving', draft: 'Marie', base: maria });
});

test('a conflict over the same name is none', () => {
  expect(failed(saving, conflict, { ...maria, name: 'Marie' })).toEqual({ phase: 'saved', name: 'Marie' });
});

test('a conflict that cannot be looked into is an error like any other', () => {
  expect(failed(saving, conflict, undefined)).toMatchObject({ phase: 'editing', problem: 'Changed meanwhile' });
});

test('an answer that comes after giving up changes nothing', () => {
  expect(saved(shown)).toBe(shown);
  expect(failed(shown, conflict, maria)).toBe(shown);
});

const waiting: Rename = { phase: 'waiting', draft: 'Marie', base: mary };

test('without a connection a save waits, and is made when there is one', () => {
  expect(submit(typed('Marie'), false)).toEqual(waiting);
  expect(submit(waiting, false)).toEqual(waiting);
  expect(submit(waiting)).toEqual(saving);
  expect(submit({ phase: 'conflict', draft: 'Marie', theirs: maria }, false)).toEqual({ ...waiting, base: maria });
});

test.each([0, 502, 503, 504])('a save that ends with %d waits for another try', (status) => {
  expect(failed(saving, new ApiError(status, 'No answer'), undefined)).toEqual(waiting);
});

test('what waits can be edited further, against the name as it is now', () => {
  expect(edit(maria, waiting)).toEqual({ phase: 'editing', draft: 'Marie', base: maria });
});
