/** The file of `replay --script`: what goes wrong when. */
import { readFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { isMap, type Node } from 'yaml';
import { UsageError } from '../../errors.js';
import { LOST_SOURCE } from '../../hubble/event.js';
import { lostSourceNumber, nodeStateNumber } from '../../hubble/names.js';
import { USUAL_LOSS } from '../../hubble/replay-fault-entries.js';
import { GOAWAY_CODES, type Fault, type GoawayCode } from '../../hubble/replay-faults.js';
import { reason } from '../../recording/file-errors.js';
import { YamlFile } from '../yaml-file.js';
import { parseDuration } from '../options/durations.js';

const KINDS = [
  'restart',
  'cut',
  'all-lost',
  'unavailable',
  'node-hang',
  'peer-again',
  'silent',
  'peer-gone',
  'peer-new',
  'empty',
  'slow',
  'disorder',
  'lag',
  'ring',
  'skew',
  'lost',
  'flood',
  'status',
  'mask-refused',
  'mask-ignored',
  'no-nodes',
  'relay-skew',
  'disconnect',
  'hang',
  'relay-restart',
  'goaway',
  'reset',
  'half-open',
] as const;
type Kind = (typeof KINDS)[number];
const KEYS = [...KINDS, 'at', 'for', 'by', 'events', 'source', 'nodes', 'message'] as const;
type Key = (typeof KEYS)[number];

/** Throws UsageError that names file and line. */
export function readScript(path: string): readonly Fault[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--script ${path}: cannot be read (${reason(error)})`, error);
  }
  return parseScript(text, path);
}

/** Throws UsageError that names file and line. */
export function parseScript(text: string, path: string): readonly Fault[] {
  const file = new YamlFile(path, text);
  const { root } = file;
  const list = isMap<Node, Node>(root) ? file.entries(root, ['script']).get('script') : undefined;
  if (list === undefined)
    throw new UsageError(`${path}:1: a script is a list under "script:", one line for each thing that goes wrong`);
  return file.items(list, 'script').map((node) => new FaultReader(file, node).fault());
}

/** In place of a node. */
const EVERY_NODE = 'all';

class FaultReader {
  readonly #file: YamlFile;
  readonly #node: Node;
  readonly #values: ReadonlyMap<string, Node>;

  constructor(file: YamlFile, node: Node) {
    this.#file = file;
    this.#node = node;
    this.#values = file.entries(file.map(node, 'what goes wrong'), KEYS);
  }

  fault(): Fault {
    const kinds = KINDS.filter((kind) => this.#values.has(kind));
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1)
      throw this.#file.wrong(this.#node, `say one thing that goes wrong: ${KINDS.join(', ')}`);
    switch (kind) {
      case 'restart':
        return { kind, at: this.#span('at'), node: this.#text(kind), down: this.#span('for') };
      case 'cut':
        return { kind, at: this.#span('at'), node: this.#text(kind), for: this.#span('for', 0) };
      case 'node-hang':
        return { kind, at: this.#span('at'), node: this.#text(kind), for: this.#span('for') };
      case 'unavailable':
        return { kind, node: this.#text(kind), for: this.#span('for') };
      case 'peer-again':
      case 'silent':
        return { kind: 'silent', at: this.#span('at'), node: this.#text(kind) };
      case 'peer-gone':
      case 'peer-new':
        return { kind, at: this.#span('at'), node: this.#text(kind) };
      case 'slow':
        return { kind, at: this.#span('at'), node: this.#text(kind), for: this.#span('for'), by: this.#span('by') };
      case 'disorder':
        return { kind, by: this.#span(kind) };
      case 'lag':
      case 'ring':
        return { kind, flows: this.#count(kind) };
      case 'skew':
        return { kind, node: this.#text(kind), by: this.#skew('by') };
      case 'relay-skew':
        return { kind, by: this.#skew(kind) };
      case 'lost':
        return { kind, at: this.#span('at'), node: this.#text(kind), events: this.#events(), source: this.#source() };
      case 'flood':
        return {
          kind,
          at: this.#span('at'),
          node: this.#text(kind),
          for: this.#span('for', 0),
          events: this.#events(),
          source: this.#source(LOST_SOURCE.HUBBLE_RING_BUFFER),
        };
      case 'status':
        return {
          kind,
          at: this.#span('at'),
          nodes: this.#file.texts(this.#values.get('nodes'), this.#node, 'nodes'),
          state: this.#state(kind),
          message: this.#values.has('message') ? this.#text('message') : '',
        };
      case 'mask-refused': {
        const node = this.#text(kind);
        return { kind, at: this.#span('at', 0), node: node === EVERY_NODE ? undefined : node };
      }
      case 'mask-ignored':
        return { kind };
      case 'disconnect':
        return { kind, at: this.#span('at'), code: this.#code(kind) };
      case 'goaway':
        return { kind, at: this.#span('at'), code: this.#goaway(kind) };
      case 'reset':
      case 'half-open':
        return { kind, at: this.#span('at') };
      case 'all-lost':
      case 'empty':
      case 'no-nodes':
      case 'relay-restart':
      case 'hang':
        return { kind, at: this.#span('at'), for: this.#span('for') };
    }
  }

  #text(key: Key): string {
    return this.#file.text(this.#values.get(key), this.#node, key);
  }

  #span(key: Key, usual?: number): number {
    if (usual !== undefined && !this.#values.has(key)) return usual;
    const text = this.#text(key);
    const ms = text === '0' ? 0 : parseDuration(text);
    if (ms === undefined) throw this.#file.wrong(this.#values.get(key), `${key} is a duration such as 90s or 2m`);
    return ms;
  }

  /** Ahead, or with a minus behind. */
  #skew(key: Key): number {
    const text = this.#text(key);
    const ms = parseDuration(text.replace(/^-/, ''));
    if (ms === undefined) throw this.#file.wrong(this.#values.get(key), `${key} is a duration such as 5s or -5s`);
    return text.startsWith('-') ? -ms : ms;
  }

  #events(): number {
    return this.#count('events');
  }

  #count(key: Key): number {
    const count = Number(this.#text(key));
    if (!Number.isInteger(count) || count < 1)
      throw this.#file.wrong(this.#values.get(key), `${key} is a number from 1 on`);
    return count;
  }

  #source(usual: number = USUAL_LOSS): number {
    return this.#values.has('source') ? lostSourceNumber(this.#text('source')) : usual;
  }

  #goaway(key: Kind): GoawayCode {
    const text = this.#text(key).toLowerCase();
    const codes = Object.keys(GOAWAY_CODES) as GoawayCode[];
    const code = codes.find((one) => one === text);
    if (code === undefined)
      throw this.#file.wrong(this.#values.get(key), `'${text}' is no reason to go away: ${codes.join(', ')}`);
    return code;
  }

  #state(key: Kind): number {
    const text = this.#text(key);
    const state = nodeStateNumber(text);
    if (state === 0)
      throw this.#file.wrong(this.#values.get(key), `'${text}' is no state of a node such as NODE_ERROR`);
    return state;
  }

  #code(key: Kind): number {
    const text = this.#text(key).toUpperCase();
    const code = Object.entries(status).find(([name]) => name === text)?.[1];
    if (typeof code !== 'number')
      throw this.#file.wrong(this.#values.get(key), `'${text}' is no gRPC code such as OK or UNAVAILABLE`);
    return code;
  }
}
