/**
 * How high a person's card is, in rem: known without drawing it, so that only the
 * cards in view need to exist. Person.svelte keeps to these.
 */
export const cardSize = {
  /** The least width of a card. */
  narrowest: 15.5,
  /** Between cards. */
  gap: 0.75,
  /** A card that is not open. */
  closed: 4.75,
  /** Around what an open card shows. */
  padding: 1,
  /** One fact of the profile, above the devices, and below all of them. */
  fact: 1.375,
  factsGap: 0.375,
  /** One device. */
  device: 2.75,
  /** The button for more of them. */
  more: 2.5,
} as const;

/** So many devices are shown at first, and more with each wish for more. */
export const devicesAtOnce = 10;

/** The height of a card that shows so many facts and at most so many devices; 0 when it is not open. */
export function cardHeight(devices: number, shown: number, facts = 0): number {
  if (shown === 0) return cardSize.closed;
  const above = facts === 0 ? 0 : facts * cardSize.fact + cardSize.factsGap;
  const rows = Math.min(devices, shown);
  return cardSize.closed + cardSize.padding + above + rows * cardSize.device + (devices > shown ? cardSize.more : 0);
}
