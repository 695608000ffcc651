/**
 * Text from outside (file names, flow text, excerpts of broken lines) made safe to print on a terminal: control characters, line
 * separators, marks that reorder text and lone surrogates are written as `\xNN` or `\uNNNN`.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** C0, DEL and C1; soft hyphen; zero-width and bidirectional marks; line separators; byte order mark; lone surrogates. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
