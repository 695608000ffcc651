import type { VerdictDocument } from '../judge/document.js';
import { jsonText } from './escape.js';

/** The document as it is: two spaces of indentation, a line end, the same bytes for the same document. */
export function jsonReport(document: VerdictDocument): string {
  return `${jsonText(document)}\n`;
}
