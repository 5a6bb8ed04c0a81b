import { expect, test } from 'vitest';
import { factsOf } from './profile';

const facts = (json: string) => factsOf(JSON.parse(json)).map(({ what, text }) => `${what}: ${text}`);

test.each([
  [
    'text, numbers and booleans',
    '{"team":" A ","age":41.5,"on call":true,"away":false}',
    ['team: A', 'age: 41.5', 'on call: yes', 'away: no'],
  ],
  ['what is nested, blank or null is left out', '{"a":{"b":1},"c":[1],"d":null,"e":" \\n","f":0}', ['f: 0']],
  [
    'markup and addresses are text',
    '{"<b>":"<img src=x>","avatar":"javascript:alert(1)"}',
    ['<b>: <img src=x>', 'avatar: javascript:alert(1)'],
  ],
  ['names that objects have by themselves', '{"__proto__":"a","constructor":"b"}', ['__proto__: a', 'constructor: b']],
])('%s', (_, json, want) => {
  expect(facts(json)).toEqual(want);
});

test.each(['null', '7', '"text"', 'true', '["a"]', '{}'])('of %s nothing is shown', (json) => {
  expect(facts(json)).toEqual([]);
});

test('of many fields the first ten are shown', () => {
  const profile = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`field ${i}`, i % 2 ? i : {}]));
  expect(factsOf(profile).map(({ text }) => text)).toEqual(['1', '3', '5', '7', '9', '11', '13', '15', '17', '19']);
});

test('what is long is clipped, and not within a character', () => {
  const [fact] = factsOf({ a: 'x'.repeat(198) + '😀'.repeat(900) });
  expect(fact?.text).toBe('x'.repeat(198) + '…');
  expect(factsOf({ a: 'x'.repeat(200) })[0]?.text).toBe('x'.repeat(200));
});

test('no profile says nothing', () => {
  expect(factsOf(undefined)).toEqual([]);
});
