/** Looking for JSON in bytes: all that matters is ASCII, which never is a part of another UTF-8 character. */
export const ASCII = {
  QUOTE: 34,
  COMMA: 44,
  COLON: 58,
  OPEN_LIST: 91,
  BACKSLASH: 92,
  CLOSE_LIST: 93,
  OPEN: 123,
  CLOSE: 125,
} as const;
const { QUOTE, COMMA, OPEN_LIST, BACKSLASH, OPEN } = ASCII;

/**
 * The next opening brace of a JSON object: one with a string behind it (in quoted text, an escaped one), or at the end of a line that has
 * nothing else but brackets in front of it. -1 = none.
 */
export function objectStart(bytes: Buffer, from: number, last = true): number {
  for (let at = bytes.indexOf(OPEN, from); at >= 0; at = bytes.indexOf(OPEN, at + 1)) {
    let next = at + 1;
    while (next < bytes.length && isBlank(bytes[next] ?? 0)) next++;
    if (next === bytes.length) return !last || isLead(bytes, at) ? at : -1;
    if (bytes[next] === QUOTE) return at;
    if (next === at + 1 && bytes[next] === BACKSLASH && bytes[next + 1] === QUOTE) return at;
  }
  return -1;
}

function isLead(bytes: Buffer, to: number): boolean {
  for (let at = 0; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (!isBlank(byte) && byte !== COMMA && byte !== OPEN_LIST) return false;
  }
  return true;
}

/** The last byte before `to` that is not blank; undefined = none. */
export function lastBefore(bytes: Buffer, to: number): number | undefined {
  let at = to - 1;
  while (at >= 0 && isBlank(bytes[at] ?? 0)) at--;
  return bytes[at];
}

/** White space, for JSON and for terminals. */
export function isBlank(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

/** How many blanks the line begins with; its length when there is nothing else. */
export function indentation(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length && isBlank(bytes[at] ?? 0)) at++;
  return at;
}

/** Where the first of these texts begins, from `from` on; -1 = none. */
export function firstOf(texts: readonly string[], bytes: Buffer, from: number): number {
  let first = -1;
  for (const text of texts) {
    const at = bytes.indexOf(text, from);
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  return first;
}
