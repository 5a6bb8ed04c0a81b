/** How a trace is drawn: pure geometry in pixels, of which the component makes SVG. */
import type { Span, Trace } from '../wire';
import { place, ticks, type Tick, type TimeScale } from './timescale';
import { duration, toWhom } from './words';

/** The sizes that the drawing is made of, in pixels. */
export const sizes = {
  axis: 30,
  row: 26,
  bar: 14,
  lanePad: 7,
  laneHead: 20,
  edge: 12,
  letter: 6.3,
  gutter: 104,
  tick: 44,
  due: 122,
} as const;

export interface Box {
  x: number;
  width: number;
}

export interface Bar {
  span: Span;
  /** The middle of its row. */
  y: number;
  /** On its way, waiting in the mailbox, being handled; null where nothing is known. */
  wire: Box | null;
  queued: Box | null;
  handled: Box;
  label: { x: number; anchor: 'start' | 'end'; place: 'in' | 'beside' | 'over'; name: string; actor: string };
  /** What can be clicked. */
  hit: Box;
}

/** A message from the span that sent it to the span that it started. */
export interface Link {
  id: string;
  x: number;
  from: number;
  to: number;
  critical: boolean;
}

export interface Lane {
  node: string;
  y: number;
  height: number;
  /** silent: was asked and did not answer. ungathered: may have spans, which it did not hand over. */
  state: 'answered' | 'silent' | 'ungathered' | 'idle';
  /** What is hatched, since nothing is known of it. */
  hatch: Box | null;
}

export interface Drawing {
  width: number;
  height: number;
  ticks: Tick[];
  /** When the roll was due; outside if the drawing ends before. */
  deadline: { x: number; label: string; outside: boolean } | null;
  lanes: Lane[];
  bars: Bar[];
  links: Link[];
  /** Whether the names of the nodes stand above their lanes, as there is no room beside them. */
  narrow: boolean;
}

/** Below this width the names of the nodes stand above their lanes. */
const narrowBelow = 560;

/** The milliseconds that a trace has to be drawn with: to its end, and to the deadline if somebody missed it. */
export function extent(trace: Trace): number {
  const ends = trace.spans.map((span) => span.ended_ms ?? span.started_ms);
  const due = trace.missing.length > 0 ? (trace.deadline_ms ?? 0) : 0;
  return Math.max(trace.duration_ms, due, ...ends, 0.01);
}

/**
 * The milliseconds until the last one who answered had: the end of the last span
 * that did not itself wait for others, and not until the deadline. The rest is
 * waiting for the silent.
 */
export function answersExtent(trace: Trace): number {
  const parents = new Set(trace.spans.map(({ parent_id }) => parent_id));
  const due = trace.deadline_ms ?? Infinity;
  const ends = trace.spans.filter(({ span_id }) => !parents.has(span_id)).map(({ ended_ms }) => ended_ms ?? Infinity);
  const last = Math.max(0, ...ends.filter((end) => end < due));
  return last > 0 ? Math.min(extent(trace), last * 1.25) : extent(trace);
}

/** Whether a drawing up to the answers shows what one of the whole cannot. */
export function worthZooming(trace: Trace): boolean {
  return answersExtent(trace) < extent(trace) / 3;
}

/** Draws a trace, `width` pixels wide, from its start until `until` milliseconds later. */
export function draw(trace: Trace, width: number, until = extent(trace)): Drawing {
  const narrow = width < narrowBelow;
  const scale: TimeScale = { until, left: narrow ? sizes.edge : sizes.gutter, right: width - sizes.edge };
  const bars: Bar[] = [];
  const lanes: Lane[] = [];
  let y: number = sizes.axis;
  for (const node of order(trace)) {
    const top = y + sizes.lanePad + (narrow ? sizes.laneHead : 0);
    const spans = trace.spans.filter((span) => span.node === node);
    const rows = fill(spans, scale, top, bars);
    const state = stateOf(trace, node, spans.length);
    const height = top - y + Math.max(1, rows) * sizes.row + sizes.lanePad;
    lanes.push({ node, y, height, state, hatch: hatchOf(trace, state, scale) });
    y += height;
  }
  const deadline = deadlineOf(trace, scale);
  return {
    width,
    height: y,
    ticks: ticks(scale).map((tick) => (crowded(tick.x, scale, deadline) ? { ...tick, label: '' } : tick)),
    deadline,
    lanes,
    bars,
    links: link(bars, scale),
    narrow,
  };
}

/** The node where it began comes first. */
function order(trace: Trace): string[] {
  const all = new Set([...trace.nodes, ...trace.missing, ...trace.silent, ...trace.spans.map(({ node }) => node)]);
  const rest = [...all]
    .filter((node) => node !== trace.node)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return all.has(trace.node) ? [trace.node, ...rest] : rest;
}

function stateOf(trace: Trace, node: string, spans: number): Lane['state'] {
  if (trace.missing.includes(node)) return 'silent';
  if (spans > 0) return 'answered';
  return trace.silent.includes(node) ? 'ungathered' : 'idle';
}

function hatchOf(trace: Trace, state: Lane['state'], scale: TimeScale): Box | null {
  if (state !== 'silent' && state !== 'ungathered') return null;
  const end = state === 'silent' ? (trace.deadline_ms ?? trace.duration_ms) : scale.until;
  return box(scale, 0, end);
}

/** Whether the label of a tick at x would be cut off, or run into that of the deadline, which ends there. */
function crowded(x: number, scale: TimeScale, deadline: Drawing['deadline']): boolean {
  if (x > scale.right - sizes.tick) return true;
  return deadline !== null && x > deadline.x - sizes.due - sizes.tick && x < deadline.x + 4;
}

function deadlineOf(trace: Trace, scale: TimeScale): Drawing['deadline'] {
  if (trace.deadline_ms === null) return null;
  return {
    x: place(scale, trace.deadline_ms),
    label: `deadline ${duration(trace.deadline_ms)}`,
    outside: trace.deadline_ms > scale.until,
  };
}

/** Puts spans into as few rows as they fit in with their labels, and says how many those are. */
function fill(spans: readonly Span[], scale: TimeScale, top: number, bars: Bar[]): number {
  const rows: Box[][] = [];
  for (const span of spans) {
    const bar = measure(span, scale);
    let row = rows.findIndex((taken) => taken.every((other) => apart(bar.hit, other)));
    if (row < 0) row = rows.push([]) - 1;
    rows[row]?.push(bar.hit);
    bars.push({ ...bar, y: top + (row + 0.5) * sizes.row });
  }
  return rows.length;
}

function apart(a: Box, b: Box): boolean {
  return a.x + a.width <= b.x || b.x + b.width <= a.x;
}

function measure(span: Span, scale: TimeScale): Omit<Bar, 'y'> {
  const ended = span.ended_ms ?? scale.until;
  const arrived = span.arrived_ms ?? span.sent_ms ?? span.started_ms;
  const wire = span.sent_ms === null ? null : box(scale, span.sent_ms, arrived);
  const queued = span.started_ms > arrived ? box(scale, arrived, span.started_ms) : null;
  const handled = box(scale, span.started_ms, ended);
  handled.width = Math.max(handled.width, 2);
  const left = (wire ?? queued ?? handled).x;
  const right = handled.x + handled.width;

  const label = labelOf(span, left, handled, scale);
  const hit = { x: left, width: right - left };
  if (label.place === 'beside') {
    const room = gap + lengthOf(label) + gap;
    hit.width += room;
    if (label.anchor === 'end') hit.x -= room;
  }
  return { span, wire, queued, handled, label, hit };
}

/** The distance of a label from its bar, in pixels. */
const gap = 6;

function lengthOf({ name, actor }: { name: string; actor: string }): number {
  return (name.length + (actor === '' ? 0 : 1 + actor.length)) * sizes.letter;
}

/** The label in full, in the bar, right or left of it, where there is room; else without the actor, or over the bar. */
function labelOf(span: Span, left: number, handled: Box, scale: TimeScale): Bar['label'] {
  const right = handled.x + handled.width;
  for (const text of [
    { name: span.name, actor: toWhom(span) },
    { name: span.name, actor: '' },
  ]) {
    const length = lengthOf(text);
    if (handled.width >= length + 2 * gap) return { ...text, x: handled.x + gap, anchor: 'start', place: 'in' };
    if (right + gap + length <= scale.right) return { ...text, x: right + gap, anchor: 'start', place: 'beside' };
    if (left - gap - length >= scale.left) return { ...text, x: left - gap, anchor: 'end', place: 'beside' };
  }
  // From edge to edge: over its way and its wait.
  return { name: span.name, actor: '', x: handled.x - gap, anchor: 'end', place: 'over' };
}

function box(scale: TimeScale, from: number, to: number): Box {
  const x = place(scale, from);
  return { x, width: Math.max(0, place(scale, to) - x) };
}

function link(bars: readonly Bar[], scale: TimeScale): Link[] {
  const byId = new Map(bars.map((bar) => [bar.span.span_id, bar]));
  const links: Link[] = [];
  for (const { span, y } of bars) {
    const parent = byId.get(span.parent_id);
    if (parent === undefined || parent.y === y) continue;
    const half = sizes.bar / 2;
    links.push({
      id: span.span_id,
      x: place(scale, span.sent_ms ?? span.started_ms),
      from: parent.y + (y > parent.y ? half : -half),
      to: y,
      critical: span.critical && parent.span.critical,
    });
  }
  return links;
}
