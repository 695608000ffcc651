/** The file of `--expect`: drops that are known, who answers for them, how often they may come, and until when. */
import { readFileSync } from 'node:fs';
import { isMap, type Node } from 'yaml';
import { DROP_REASONS } from '../../hubble/drop-reasons.js';
import { dropReasonNumber } from '../../hubble/names.js';
import { parseTime } from '../../hubble/time.js';
import type { ExpectedDrop, ExpectedDrops } from '../../judge/settings.js';
import { reason as whyNot } from '../../recording/file-errors.js';
import { UsageError } from '../../errors.js';
import { nearest } from '../nearest.js';
import { YamlFile } from '../yaml-file.js';
import type { Kind } from './kinds.js';

/** Read when the options are, so that a mistake in it is told before anything else is done. Throws UsageError. */
export const EXPECT_FILE: Kind<ExpectedDrops> = {
  placeholder: 'FILE',
  wanted: 'a YAML file of expected drops',
  parse: (path) => (path === '' ? undefined : readExpected(path)),
  show: ({ file }) => file,
};

function readExpected(path: string): ExpectedDrops {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: the file of expected drops (--expect) cannot be read (${whyNot(error)})`, error);
  }
  return { file: path, entries: parseExpected(text, path) };
}

const KEYS = [
  'reason',
  'direction',
  'nodes',
  'from',
  'to',
  'port',
  'protocol',
  'rate',
  'owner',
  'until',
  'why',
] as const;
type Key = (typeof KEYS)[number];

const DIRECTIONS = ['ingress', 'egress'] as const;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP', 'ICMPv4', 'ICMPv6', 'VRRP', 'IGMP'] as const;
const MINUTES: ReadonlyMap<string, number> = new Map([
  ['min', 1],
  ['h', 60],
  ['d', 1440],
]);
const DAY_MS = 86_400_000;

/** Throws UsageError that names file and line. */
export function parseExpected(text: string, path: string): readonly ExpectedDrop[] {
  const file = new YamlFile(path, text);
  const { root } = file;
  // `$schema` is for editors: where the JSON Schema of this file is.
  const list = isMap<Node, Node>(root) ? file.entries(root, ['expect', '$schema']).get('expect') : undefined;
  if (list === undefined)
    throw new UsageError(`${path}:1: expected drops are a list under "expect:", one entry for each`);
  return file.items(list, 'expect').map((node) => new EntryReader(file, node).entry());
}

class EntryReader {
  readonly #file: YamlFile;
  readonly #node: Node;
  readonly #values: ReadonlyMap<string, Node>;

  constructor(file: YamlFile, node: Node) {
    this.#file = file;
    this.#node = node;
    this.#values = file.entries(file.map(node, 'an expected drop'), KEYS);
  }

  entry(): ExpectedDrop {
    const rate = this.#text('rate');
    const untilText = this.#text('until');
    return {
      reason: this.#reason(),
      direction: this.#word('direction', DIRECTIONS),
      nodes: this.#globs('nodes'),
      from: this.#globs('from'),
      to: this.#globs('to'),
      port: this.#port(),
      protocol: this.#word('protocol', PROTOCOLS),
      perMinute: this.#perMinute(rate),
      rate,
      owner: this.#text('owner'),
      until: this.#until(untilText),
      untilText,
      why: this.#values.has('why') ? this.#text('why') : null,
      place: this.#file.place(this.#node),
    };
  }

  #reason(): number {
    const text = this.#text('reason');
    const code = /^\d{1,3}$/.test(text) ? Number(text) : dropReasonNumber(text);
    const near = nearest(
      text,
      DROP_REASONS.map(([, name]) => name),
    );
    if (code === 0 || code > 255)
      throw this.#wrong(
        'reason',
        `'${text}' is no drop reason; ${near === undefined ? 'want a name such as POLICY_DENIED, or its number' : `did you mean ${near}?`}`,
      );
    return code;
  }

  #word<const Word extends string>(key: Key, words: readonly Word[]): Word | null {
    if (!this.#values.has(key)) return null;
    const text = this.#text(key).toLowerCase();
    const word = words.find((one) => one.toLowerCase() === text);
    if (word === undefined) throw this.#wrong(key, `${key} is one of ${words.join(', ')}`);
    return word;
  }

  #globs(key: Key): string[] | null {
    const value = this.#values.get(key);
    if (value === undefined) return null;
    const globs = this.#file.texts(value, this.#node, key);
    if (globs.length === 0 || globs.includes('')) throw this.#wrong(key, `${key} is empty; leave it out to mean all`);
    return globs;
  }

  #port(): number | null {
    if (!this.#values.has('port')) return null;
    const text = this.#text('port');
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535) throw this.#wrong('port', 'port is a number from 1 to 65535');
    return port;
  }

  #perMinute(text: string): number {
    const [, count, unit] = /^(\d+(?:\.\d+)?) ?\/ ?(min|h|d)$/.exec(text) ?? [];
    const rate = Number(count) / (MINUTES.get(unit ?? '') ?? NaN);
    if (!(rate > 0))
      throw this.#wrong('rate', 'rate is how many episodes one node may see, such as 6/min, 30/h or 5/d');
    return rate;
  }

  /** A date holds to its end, by UTC. */
  #until(text: string): number {
    const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
    const time = parseTime(isDate ? `${text}T00:00:00Z` : text);
    if (Number.isNaN(time))
      throw this.#wrong(
        'until',
        'until is a date such as 2026-12-31, or an RFC 3339 time such as 2026-12-31T18:00:00Z',
      );
    return isDate ? time + DAY_MS - 1 : time;
  }

  #text(key: Key): string {
    const text = this.#file.text(this.#values.get(key), this.#node, key).trim();
    if (text === '') throw this.#wrong(key, `${key} is empty`);
    return text;
  }

  #wrong(key: Key, problem: string): UsageError {
    return this.#file.wrong(this.#values.get(key) ?? this.#node, problem);
  }
}
