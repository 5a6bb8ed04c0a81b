import { beforeEach, expect, test } from 'vitest';
import { followPage } from './page-life';

let heard: string[];
let visibilityState: DocumentVisibilityState;
let view: EventTarget;
let page: EventTarget & Pick<Document, 'visibilityState'>;
let unfollow: () => void;

beforeEach(() => {
  heard = [];
  visibilityState = 'visible';
  view = new EventTarget();
  page = Object.defineProperty(new EventTarget(), 'visibilityState', { get: () => visibilityState }) as typeof page;
  const hear = (what: string) => () => void heard.push(what);
  unfollow = followPage(
    { gone: hear('gone'), back: hear('back'), awake: hear('awake'), offline: hear('offline') },
    view,
    page,
  );
});

/** What browsers send, in their order. */
const sequences = {
  load: ['pageshow'],
  leave: ['pagehide', 'hidden', 'freeze'],
  return: ['resume', 'pageshow', 'visible'],
  hide: ['hidden'],
  show: ['visible'],
  freeze: ['freeze'],
  resume: ['resume'],
  offline: ['offline'],
  online: ['online'],
} as const;

function happen(...names: (keyof typeof sequences)[]): void {
  for (const type of names.flatMap((name) => [...sequences[name]])) {
    if (type === 'hidden' || type === 'visible') visibilityState = type;
    const target = ['freeze', 'resume', 'hidden', 'visible'].includes(type) ? page : view;
    target.dispatchEvent(new Event(type === 'hidden' || type === 'visible' ? 'visibilitychange' : type));
  }
}

test.each<[(keyof typeof sequences)[], string[]]>([
  [['load'], []],
  [['load', 'leave'], ['gone']],
  [
    ['load', 'leave', 'return'],
    ['gone', 'back', 'awake'],
  ],
  [
    ['load', 'leave', 'return', 'leave', 'return'],
    ['gone', 'back', 'awake', 'gone', 'back', 'awake'],
  ],
  [
    ['hide', 'freeze', 'resume'],
    ['gone', 'back'],
  ],
  [
    ['hide', 'freeze', 'show'],
    ['gone', 'back'],
  ],
  [['hide', 'show'], ['awake']],
  [
    ['offline', 'online'],
    ['offline', 'awake'],
  ],
  [['leave', 'offline', 'online'], ['gone']],
])('of %j is told %j', (names, want) => {
  happen(...names);
  expect(heard).toEqual(want);
});

test('nothing is told when nobody follows any more', () => {
  unfollow();
  happen('leave', 'return', 'offline', 'online');
  expect(heard).toEqual([]);
});
