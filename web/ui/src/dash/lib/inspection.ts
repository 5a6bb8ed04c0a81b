import type { NodeStatus as RollStatus, Roll } from '../../shared/api';
import type { Inspection, RosterRow } from '../wire';
import { list } from '../../shared/words';

/** What is said about one node, by the grain, by the node's roster, and in a roll call. */
export interface Inspected {
  node: string;
  /** The grain's view; undefined if it says nothing of the node. */
  route: 'yes' | 'no' | 'unknown' | undefined;
  roster: RosterRow | undefined;
  roll: { status: RollStatus; sockets: number } | undefined;
  /** What does not fit together, in the words of the node that was asked. */
  differences: string[];
  /** Which of the figures differ from what they should be equal to. */
  marks: { route: boolean; epoch: boolean; seq: boolean; sockets: boolean };
}

/** Sets the grain's view of a room beside the truth, a row for each node. */
export function inspect(report: Inspection, roll: Roll | undefined): Inspected[] {
  const nodes = new Set([
    ...(report.grain?.routes ?? []).map(({ node }) => node),
    ...report.rosters.map(({ node }) => node),
    ...(roll?.nodes ?? []).map(({ node }) => node),
    ...report.differences.map(({ node }) => node),
    ...report.silent,
  ]);
  return [...nodes]
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((node) => {
      const route = report.grain?.routes.find((each) => each.node === node)?.has_roster;
      const roster = report.rosters.find((each) => each.node === node);
      const inRoll = roll?.nodes.find((each) => each.node === node);
      const differences = report.differences.filter((each) => each.node === node).map(({ what }) => what);
      return { node, route, roster, roll: inRoll, differences, marks: mark(report.grain, route, roster, inRoll) };
    });
}

function mark(
  grain: Inspection['grain'],
  route: Inspected['route'],
  roster: RosterRow | undefined,
  roll: Inspected['roll'],
): Inspected['marks'] {
  const none = { route: false, epoch: false, seq: false, sockets: false };
  if (roster === undefined) return { ...none, route: route === 'yes' };
  return {
    route: grain !== null && route !== 'unknown' && (route === 'yes') !== roster.enrolled,
    epoch: grain !== null && roster.enrolled && roster.epoch !== grain.epoch,
    seq: grain !== null && roster.enrolled && roster.seq !== grain.seq,
    sockets: (roll?.status === 'answered' || roll?.status === 'unchanged') && roll.sockets !== roster.sockets,
  };
}

/** Whether the views of the room differ, in a word and a sentence. */
export function verdict(
  rows: readonly Inspected[],
  report: Inspection,
): { agree: boolean; word: string; text: string } {
  const differing = rows.filter(({ differences }) => differences.length > 0).map(({ node }) => node);
  const silent = report.silent.length === 0 ? '' : ` ${list(report.silent)} said nothing.`;
  if (differing.length > 0)
    return { agree: false, word: 'differs', text: `Not the same on ${list(differing)}.${silent}` };
  if (report.grain !== null)
    return { agree: true, word: 'agrees', text: `The grain and the rosters say the same.${silent}` };
  if (report.rosters.length === 0) return { agree: true, word: 'empty', text: `Nobody is in this room.${silent}` };
  return { agree: false, word: 'no grain', text: `There are rosters, and no grain that knows them.${silent}` };
}
