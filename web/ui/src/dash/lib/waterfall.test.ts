import { describe, expect, it } from 'vitest';
import { incomplete, span } from './trace.fixture';
import { answersExtent, draw, extent, sizes, worthZooming, type Bar } from './waterfall';

const width = 1_000;
const bar = (bars: readonly Bar[], id: string): Bar => {
  const found = bars.find((each) => each.span.span_id === id);
  if (found === undefined) throw new Error(`no bar ${id}`);
  return found;
};

describe('the extent of a drawing', () => {
  it('reaches to the end, or to the deadline if somebody missed it', () => {
    expect(extent(incomplete())).toBe(251);
    expect(extent({ ...incomplete(), deadline_ms: 300 })).toBe(300);
    expect(extent({ ...incomplete(), deadline_ms: 300, missing: [] })).toBe(251);
  });

  it('of the answers leaves out who waited for the silent', () => {
    expect(answersExtent(incomplete())).toBe(2 * 1.25);
    expect(worthZooming(incomplete())).toBe(true);
  });

  it('of a trace that was recorded only where it began is the whole', () => {
    const trace = incomplete();
    expect(answersExtent({ ...trace, spans: trace.spans.slice(0, 1) })).toBe(251);
    expect(worthZooming({ ...trace, spans: trace.spans.slice(0, 1) })).toBe(false);
  });
});

describe('the lanes', () => {
  it('are one for each node, first the one where it began', () => {
    const { lanes } = draw(incomplete(), width);
    expect(lanes.map(({ node, state }) => `${node} ${state}`)).toEqual([
      'node-2 answered',
      'node-1 answered',
      'node-3 silent',
    ]);
    lanes.forEach((lane, i) =>
      expect(lane.y).toBe(i === 0 ? sizes.axis : (lanes[i - 1]?.y ?? 0) + (lanes[i - 1]?.height ?? 0)),
    );
  });

  it('are hatched up to the deadline where a node was silent, and nowhere else', () => {
    const { lanes, deadline } = draw(incomplete(), width);
    const hatched = lanes.filter(({ hatch }) => hatch !== null);
    expect(hatched.map(({ node }) => node)).toEqual(['node-3']);
    const hatch = hatched[0]?.hatch;
    expect(hatch?.x).toBe(sizes.gutter);
    expect((hatch?.x ?? 0) + (hatch?.width ?? 0)).toBeCloseTo(deadline?.x ?? 0);
    expect(deadline?.outside).toBe(false);
  });

  it('tell a node that did not hand over its spans from one that had none', () => {
    const trace = { ...incomplete(), missing: [], silent: ['node-3', 'node-5'], nodes: ['node-2', 'node-3', 'node-4'] };
    expect(draw(trace, width).lanes.map(({ node, state }) => `${node} ${state}`)).toEqual([
      'node-2 answered',
      'node-1 answered',
      'node-3 ungathered',
      'node-4 idle',
      'node-5 ungathered',
    ]);
  });
});

describe('the bars', () => {
  it('are split into wire, queued and handled, one after the other', () => {
    const { wire, queued, handled } = bar(draw(incomplete(), width, 2).bars, 'one');
    expect(wire?.width).toBeGreaterThan(0);
    expect((wire?.x ?? 0) + (wire?.width ?? 0)).toBeCloseTo(queued?.x ?? 0);
    expect((queued?.x ?? 0) + (queued?.width ?? 0)).toBeCloseTo(handled.x);
    expect(handled.x + handled.width).toBe(width - sizes.edge);
  });

  it('do not cover each other or a label within a lane', () => {
    for (const size of [340, 700, 1_400]) {
      const { bars } = draw(incomplete(), size);
      for (const [i, a] of bars.entries()) {
        for (const b of bars.slice(i + 1)) {
          if (a.y !== b.y) continue;
          expect(a.hit.x + a.hit.width <= b.hit.x || b.hit.x + b.hit.width <= a.hit.x).toBe(true);
        }
      }
    }
  });

  it('stay within the drawing, which is cut off where it ends', () => {
    for (const { handled } of draw(incomplete(), width, 1).bars) {
      expect(handled.x).toBeGreaterThanOrEqual(sizes.gutter);
      expect(handled.x + handled.width).toBeLessThanOrEqual(width - sizes.edge + 2);
    }
  });

  it('of an open span reach to the end', () => {
    const trace = { ...incomplete(), spans: [span('open', 'node-2', { started_ms: 1, ended_ms: null })] };
    const { handled } = bar(draw(trace, width).bars, 'open');
    expect(handled.x + handled.width).toBe(width - sizes.edge);
  });

  it('have their label inside where it fits, else beside, else without the actor', () => {
    const wide = draw(incomplete(), width).bars;
    expect(bar(wide, 'root').label).toMatchObject({ place: 'in', actor: 'http' });
    expect(bar(wide, 'own').label).toMatchObject({ place: 'beside', anchor: 'start', actor: 'node' });
    const late = span('late', 'node-2', { started_ms: 249, ended_ms: 251 });
    expect(bar(draw({ ...incomplete(), spans: [late] }, width).bars, 'late').label).toMatchObject({
      place: 'beside',
      anchor: 'end',
    });
    const long = { ...late, sent_ms: 0, arrived_ms: late.started_ms };
    expect(bar(draw({ ...incomplete(), spans: [long] }, width).bars, 'late').label).toMatchObject({
      place: 'over',
      anchor: 'end',
    });
    const half = span('half', 'node-2', { started_ms: 100, ended_ms: 160, identity: 'a rather long name of a room' });
    expect(bar(draw({ ...incomplete(), spans: [half] }, 340).bars, 'half').label.actor).toBe('');
  });
});

describe('the links', () => {
  it('lead from where a message was sent to what it started, and are bold on the critical path', () => {
    const { bars, links } = draw(incomplete(), width, 2);
    const link = links.find(({ id }) => id === 'one');
    expect(link?.x).toBe(bar(bars, 'one').wire?.x);
    expect(link?.from).toBe(bar(bars, 'call').y + sizes.bar / 2);
    expect(link?.to).toBe(bar(bars, 'one').y);
    expect(links.filter(({ critical }) => critical).map(({ id }) => id)).toEqual(['call', 'wait']);
  });

  it('are not drawn to a parent that is not there', () => {
    const trace = { ...incomplete(), spans: [span('lost', 'node-1', { parent_id: 'gone' })] };
    expect(draw(trace, width).links).toEqual([]);
  });
});

it('marks a deadline beyond the drawing as outside', () => {
  expect(draw(incomplete(), width, 2).deadline).toEqual({
    x: width - sizes.edge,
    label: 'deadline 250 ms',
    outside: true,
  });
  expect(draw({ ...incomplete(), deadline_ms: null }, width).deadline).toBeNull();
});

it('keeps the labels of the ticks off that of the deadline', () => {
  for (const size of [340, 1_000]) {
    const { ticks, deadline } = draw(incomplete(), size);
    const named = ticks.filter(({ label, x }) => label !== '' && x < (deadline?.x ?? 0));
    expect(named.length).toBeGreaterThan(0);
    for (const { x } of named) expect(x + sizes.tick).toBeLessThanOrEqual((deadline?.x ?? 0) - sizes.due);
  }
});

it('writes the names of the nodes above their lanes when there is no room beside them', () => {
  expect(draw(incomplete(), 340).narrow).toBe(true);
  expect(draw(incomplete(), width).narrow).toBe(false);
});
