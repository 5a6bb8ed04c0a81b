/** One thing that a profile says of its user. */
export interface Fact {
  what: string;
  text: string;
}

/** How many facts are shown, and how much of each, in UTF-16 code units. */
const mostFacts = 10;
const longestText = 200;

/**
 * The plain fields of a profile: text that is not blank, numbers and booleans, in the order
 * in which they are stored, the first few and each clipped. An application may keep anything
 * there, and what is nested, or is no object at all, has no short form. All of it is text:
 * an address in it is neither followed nor loaded.
 */
export function factsOf(profile: unknown): Fact[] {
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile)) return [];
  const facts: Fact[] = [];
  for (const [what, value] of Object.entries(profile as Record<string, unknown>)) {
    const text = plain(value);
    if (text !== '') facts.push({ what: clipped(what), text: clipped(text) });
    if (facts.length === mostFacts) break;
  }
  return facts;
}

function plain(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.trim();
    case 'number':
      return String(value);
    case 'boolean':
      return value ? 'yes' : 'no';
    default:
      return '';
  }
}

/** Without half a character in its end. */
function clipped(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
