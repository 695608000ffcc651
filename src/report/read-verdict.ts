/** Reads a stored verdict document. What the reports touch is checked; further keys are left alone. */
import { UsageError } from '../errors.js';
import type { VerdictDocument } from '../judge/document.js';
import { printable } from '../printable.js';

const SCHEMA = 'hubble-soak/verdict/v1';
const MANIFEST_SCHEMA = 'hubble-soak/gate/v1';

/** The document in `text`. Throws UsageError that names the file (`name`) and the place in it. */
export function parseVerdictDocument(text: string, name: string): VerdictDocument {
  const file = printable(name);
  const value = parseJson(text.replace(/^\ufeff/, ''), file);
  const schema = isObject(value) ? value['schema'] : undefined;
  if (schema === MANIFEST_SCHEMA)
    throw new UsageError(
      `${file}: holds the fixtures of a manifest (${MANIFEST_SCHEMA}); give the document of one of them`,
    );
  if (schema !== SCHEMA)
    throw new UsageError(
      `${file}: is no verdict document (its schema is ${quoted(schema)}, not '${SCHEMA}'); give what gate --json wrote`,
    );
  const fault = DOCUMENT(value, 'document');
  if (fault !== undefined)
    throw new UsageError(`${file}: is damaged: ${printable(fault)}; give what gate --json wrote`);
  return value as VerdictDocument;
}

function parseJson(text: string, file: string): unknown {
  if (text.trim() === '') throw new UsageError(`${file}: is empty; give what gate --json wrote`);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${file}: is not JSON, or cut off; give what gate --json wrote`, error);
  }
}

/** What is wrong with a value, with its place; undefined where nothing is. */
type Check = (value: unknown, at: string) => string | undefined;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quoted(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'string' ? `'${printable(value.slice(0, 60))}'` : `a ${typeof value}`;
}

const is =
  (wanted: string, holds: (value: unknown) => boolean): Check =>
  (value, at) =>
    holds(value) ? undefined : `${at} is not ${wanted}`;

const text = is('a text', (value) => typeof value === 'string');
const number = is('a number', (value) => typeof value === 'number' && Number.isFinite(value));
const count = is('a count', (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0);
const time = is(
  'an RFC 3339 time in UTC',
  (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(value),
);

function oneOf(...words: readonly string[]): Check {
  return is(`one of ${words.join(', ')}`, (value) => typeof value === 'string' && words.includes(value));
}

function orNull(check: Check): Check {
  return (value, at) => (value === null ? undefined : check(value, at));
}

function list(check: Check): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return `${at} is not a list`;
    for (const [i, item] of value.entries()) {
      const fault = check(item, `${at}[${i}]`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

function record(checks: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isObject(value)) return `${at} is not an object`;
    for (const [key, check] of Object.entries(checks)) {
      const fault = check(Object.hasOwn(value, key) ? value[key] : undefined, at === 'document' ? key : `${at}.${key}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

const verdict = oneOf('pass', 'fail', 'inconclusive');
const side = orNull(record({ episodes: count, events: count, attempts: count, seconds: count, rate: count }));

const INPUT = record({ path: text, sha256: orNull(text), lines: count, flows: count, events: count, broken: count });

const NODE = record({
  name: text,
  verdict,
  restarts: list(
    record({
      at: time,
      evidence: oneOf('uptime', 'agent-event', 'node-status', 'gap', 'given'),
      plusMinusSeconds: count,
    }),
  ),
  phases: list(
    record({
      phase: oneOf('baseline', 'blind', 'settle', 'soak', 'late'),
      from: time,
      to: time,
      flows: count,
      attempts: count,
      lost: count,
      blindSeconds: count,
    }),
  ),
  needs: orNull(record({ trials: count, attempts: count, about: orNull(text) })),
});

const EVIDENCE = record({
  logE: orNull(number),
  pValue: orNull(number),
  rateRatio: orNull(record({ estimate: orNull(number), low: orNull(number), high: orNull(number) })),
  limit: orNull(number),
});

const EXAMPLE = record({
  time: text,
  node: text,
  verdict: text,
  dropReason: orNull(text),
  direction: text,
  source: text,
  destination: text,
  protocol: text,
  destinationPort: number,
  uuid: text,
});

const FINDING = record({
  id: text,
  class: oneOf(
    'broken',
    'worse',
    'novel',
    'silent',
    'vanished',
    'denied',
    'hard-rule',
    'transient',
    'ambient',
    'visibility',
  ),
  kind: text,
  severity: oneOf('fail', 'warn', 'info'),
  nodes: list(text),
  peers: list(text),
  direction: orNull(oneOf('ingress', 'egress', 'unknown')),
  reason: orNull(record({ code: number, name: text, text })),
  reasonName: orNull(text),
  scope: oneOf('node', 'pair', 'cross-node', 'same-node', 'towards', 'from', 'edge', 'soak'),
  where: text,
  edges: list(text),
  before: side,
  after: side,
  control: side,
  evidence: orNull(EVIDENCE),
  firstSeen: orNull(time),
  lastSeen: orNull(time),
  examples: list(EXAMPLE),
  nextCommand: orNull(text),
  says: text,
});

const DOCUMENT = record({
  verdict,
  summary: text,
  soak: record({
    knob: orNull(text),
    from: orNull(time),
    to: orNull(time),
    judgedAt: time,
    inputs: list(INPUT),
    settings: is('an object', isObject),
    ciliumVersions: list(text),
    tool: record({ version: text }),
  }),
  nodes: list(NODE),
  findings: list(FINDING),
  missing: list(text),
  power: record({
    smallestDetectable: orNull(number),
    perNode: list(record({ node: text, smallestDetectable: orNull(number) })),
  }),
});
