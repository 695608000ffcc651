import { isScalar, LineCounter, parseDocument, type Node } from 'yaml';
import { UsageError } from '../errors.js';

/** A YAML file that knows where everything in it stands. */
export class YamlFile {
  readonly path: string;
  /** The topmost node; null in an empty file. */
  readonly root: unknown;
  readonly #lines = new LineCounter();

  /** Throws UsageError that names file and line when the text is not YAML, or names a key twice. */
  constructor(path: string, text: string) {
    this.path = path;
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [error] = document.errors;
    if (error) throw new UsageError(`${path}:${this.#lines.linePos(error.pos[0]).line}: not YAML: ${error.message}`);
    this.root = document.contents;
  }

  /** From 1. */
  line(node: unknown): number {
    const range = typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range : undefined;
    return this.#lines.linePos(range?.[0] ?? 0).line;
  }

  /** `FILE:LINE`. */
  place(node: unknown): string {
    return `${this.path}:${this.line(node)}`;
  }
}

/** A plain value as it is written, so that `0.10` and times are for others to read; undefined when the node is none. */
export function scalarText(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  const { value, source } = node;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? (source ?? String(value))
    : undefined;
}
