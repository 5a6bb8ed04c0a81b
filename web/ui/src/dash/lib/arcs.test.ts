import { describe, expect, it } from 'vitest';
import { arcs } from './arcs';

const x = new Map([
  ['a', 100],
  ['b', 200],
  ['c', 300],
]);

describe('the arcs between tiles', () => {
  it('are one for each pair, with both directions', () => {
    const all = arcs(
      [
        { from: 'a', to: 'b', messages_per_s: 3 },
        { from: 'b', to: 'a', messages_per_s: 4 },
      ],
      x,
      60,
    );
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ a: 'a', b: 'b', there: 3, back: 4 });
    expect(all[0]?.bottom.x).toBe(150);
  });

  it('are the thicker the more is said, and hang the deeper the further apart', () => {
    const [far, near] = arcs(
      [
        { from: 'a', to: 'c', messages_per_s: 400 },
        { from: 'b', to: 'c', messages_per_s: 100 },
      ],
      x,
      60,
    );
    expect(far?.b).toBe('c');
    expect(far?.width).toBe(9);
    expect(near?.width).toBe(5);
    expect(far?.bottom.y).toBeGreaterThan(near?.bottom.y ?? 0);
    expect(far?.bottom.y).toBeLessThan(60);
  });

  it('stay thin while all are calm', () => {
    expect(arcs([{ from: 'a', to: 'b', messages_per_s: 1 }], x, 60)[0]?.width).toBeCloseTo(1.8);
  });

  it.each([
    ['silent pairs', { from: 'a', to: 'b', messages_per_s: 0 }],
    ['a node and itself', { from: 'a', to: 'a', messages_per_s: 5 }],
    ['nodes without a tile', { from: 'a', to: 'z', messages_per_s: 5 }],
  ])('are not drawn for %s', (_, traffic) => {
    expect(arcs([traffic], x, 60)).toEqual([]);
  });
});
