import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type YAMLMap } from 'yaml';
import { UsageError } from '../errors.js';
import { nearest } from './nearest.js';

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

  /** `what` begins the sentence "a fixture is written as ...". Throws UsageError. */
  map(node: unknown, what: string): YAMLMap<Node, Node> {
    if (isMap<Node, Node>(node)) return node;
    throw this.wrong(node, `${what} is written as "key: value" lines`);
  }

  /** The values of a map by their keys. Throws UsageError for a key that is none of `keys`. */
  entries(map: YAMLMap<Node, Node>, keys: readonly string[]): Map<string, Node> {
    const entries = new Map<string, Node>();
    for (const { key, value } of map.items) {
      const name = scalarText(key) ?? '';
      if (!keys.includes(name)) {
        const near = nearest(name, keys);
        throw this.wrong(key, `there is no key '${name}'${near ? `; did you mean '${near}'?` : ''}`);
      }
      if (value) entries.set(name, value);
    }
    return entries;
  }

  /** Throws UsageError. */
  items(node: unknown, what: string): Node[] {
    if (isSeq<Node>(node)) return node.items;
    throw this.wrong(node, `${what} is a list`);
  }

  /** One text, or a list of texts. Throws UsageError at the node, or at its parent where there is none. */
  texts(node: unknown, parent: Node, what: string): string[] {
    return (isSeq<Node>(node) ? node.items : [node]).map((item) => this.text(item, parent, what));
  }

  /** A plain value. Throws UsageError at the node, or at its parent where there is none. */
  text(node: unknown, parent: Node, what: string): string {
    const text = scalarText(node);
    if (text === undefined) throw this.wrong(node ?? parent, `${what} is missing, or is no plain value`);
    return text;
  }

  /** That something is wrong at a node. */
  wrong(node: unknown, problem: string): UsageError {
    return new UsageError(`${this.place(node)}: ${problem}`);
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
