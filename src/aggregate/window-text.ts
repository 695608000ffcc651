import type { AnswerRow } from './answer-rows.js';
import {
  EdgeTable,
  listOf,
  objectsOf,
  withoutEmpty,
  type EdgeReader,
  type LineEdges,
  type Loose,
} from './edge-table.js';
import type { AttemptRow, DropRow, Example, NodeWindow } from './journal.js';
import { KINDS, OUTCOMES, VANTAGES } from './packed-rows.js';
import { plainWindow } from './packed-window.js';
import type { TalkRow } from './talk-rows.js';
import type { VerdictRow } from './verdict-rows.js';

/** One window of one node as an object for its line of a journal's text: edges by their place, zeros and empty lists left out. */
export function compactWindow(line: NodeWindow): object {
  const table = new EdgeTable();
  const compact = <T extends object>(row: T & { readonly edge: AttemptRow['edge'] }) =>
    withoutEmpty({ ...row, edge: table.place(row.edge) });
  const drops = line.drops.map((row) => ({ ...row, edge: table.place(row.edge) }));
  const attempts = line.attempts.map(compact);
  const verdicts = line.verdicts.map(compact);
  const answers = line.answers.map(compact);
  const talk = line.talk.map((row) => talkTuple(row, table.place(row.edge)));
  const examples = line.examples.map((example) => ({ ...example, edge: table.placeOf(example.edge) }));
  const { kind, node, window, firstFlow, lastFlow, ...rest } = plainWindow(line);
  return {
    kind,
    node,
    window,
    firstFlow,
    lastFlow,
    ...withoutEmpty({ ...rest, edges: table.edges, drops, attempts, verdicts, answers, talk, examples }),
  };
}

/** The window that an object stands for; undefined when it is none. What is left out, or of an older version, is empty. */
export function restoreWindow(line: Loose, reader: EdgeReader): NodeWindow | undefined {
  const { node, window } = line;
  if (typeof node !== 'string' || typeof window !== 'number' || !Number.isInteger(window)) return undefined;
  const edges = reader.of(line['edges']);
  const drops = restoreEach(line['drops'], (row) => restoreDrops(row, edges));
  const attempts = restoreEach(line['attempts'], (row) => restoreAttempts(row, edges));
  const verdicts = restoreEach(line['verdicts'], (row) => restoreVerdict(row, edges));
  const answers = restoreEach(line['answers'], (row) => restoreAnswer(row, edges));
  const talk = restoreEach(line['talk'], (row) => restoreTalk(row, edges));
  if (drops === undefined || attempts === undefined) return undefined;
  if (verdicts === undefined || answers === undefined || talk === undefined) return undefined;
  return {
    kind: 'window',
    node,
    window,
    flows: count(line['flows']),
    late: count(line['late']),
    lost: count(line['lost']),
    firstFlow: timeOrNull(line['firstFlow']),
    lastFlow: timeOrNull(line['lastFlow']),
    silences: listOf(line['silences']).map((silence) => {
      const [from, to] = listOf(silence);
      return [count(from), count(to)];
    }),
    attemptsBegun: count(line['attemptsBegun']),
    drops,
    attempts,
    answered: numbersOf(line['answered']),
    verdicts,
    answers,
    talk,
    places: objectsOf(line['places']).map(({ what, workload }) => ({ what: text(what), workload: text(workload) })),
    examples: objectsOf(line['examples']).map((example) => restoreExample(example, edges)),
    overflow: count(line['overflow']),
    evicted: count(line['evicted']),
  };
}

function restoreDrops(value: unknown, edges: LineEdges): DropRow | undefined {
  const row = objectOf(value);
  const edge = edges.at(row['edge']);
  if (edge === undefined) return undefined;
  const [reason, direction, events] = [count(row['reason']), count(row['direction']), count(row['events'])];
  return { reason, direction, edge, events, first: count(row['first']) };
}

function restoreAttempts(value: unknown, edges: LineEdges): AttemptRow | undefined {
  const row = objectOf(value);
  const edge = edges.at(row['edge']);
  const vantage = VANTAGES.find((one) => one === row['vantage']);
  const window = row['window'];
  if (edge === undefined || vantage === undefined || !Number.isSafeInteger(window)) return undefined;
  return {
    edge,
    vantage,
    window: Number(window),
    answered: count(row['answered']),
    repeated: count(row['repeated']),
    retransmissions: count(row['retransmissions']),
    unanswered: numbersOf(row['unanswered']),
    dropped: objectsOf(row['dropped']).map(({ reason, hashes }) => ({
      reason: count(reason),
      hashes: numbersOf(hashes),
    })),
  };
}

function restoreExample(row: Loose, edges: LineEdges): Example {
  const edge = row['edge'];
  return {
    time: count(row['time']),
    verdict: count(row['verdict']),
    reason: count(row['reason']),
    direction: count(row['direction']),
    source: text(row['source']),
    destination: text(row['destination']),
    protocol: text(row['protocol']),
    port: count(row['port']),
    uuid: text(row['uuid']),
    edge: typeof edge === 'number' ? (edges.at(edge)?.key ?? '') : text(edge),
  };
}

function restoreVerdict(value: unknown, edges: LineEdges): VerdictRow | undefined {
  const row = objectOf(value);
  const edge = edges.at(row['edge']);
  const outcome = OUTCOMES.find((one) => one === row['outcome']);
  if (edge === undefined || outcome === undefined) return undefined;
  return {
    edge,
    direction: count(row['direction']),
    outcome,
    reason: count(row['reason']),
    authType: count(row['authType']),
    match: count(row['match']),
    events: count(row['events']),
    policies: listOf(row['policies']).filter((name) => typeof name === 'string'),
    revision: count(row['revision']),
  };
}

function restoreAnswer(value: unknown, edges: LineEdges): AnswerRow | undefined {
  const row = objectOf(value);
  const edge = edges.at(row['edge']);
  const kind = KINDS.find((one) => one === row['kind']);
  if (edge === undefined || kind === undefined) return undefined;
  return {
    edge,
    kind,
    direction: count(row['direction']),
    ok: count(row['ok']),
    clientErrors: count(row['clientErrors']),
    failed: objectsOf(row['failed']).map((one) => ({ code: count(one['code']), count: count(one['count']) })),
    unclear: count(row['unclear']),
    dropped: count(row['dropped']),
    errors: count(row['errors']),
  };
}

/** Nearly every edge of every window has a row of talk: a list without names, its zeros at the end left out. */
function talkTuple({ vantage, forward, reply, repeats }: TalkRow, edge: number): number[] {
  const tuple = [edge, VANTAGES.indexOf(vantage), forward, reply, repeats];
  while (tuple.at(-1) === 0 && tuple.length > 2) tuple.pop();
  return tuple;
}

function restoreTalk(value: unknown, edges: LineEdges): TalkRow | undefined {
  const [place, at, forward, reply, repeats] = listOf(value);
  const edge = edges.at(place);
  const vantage = VANTAGES[Number(at)];
  if (edge === undefined || vantage === undefined) return undefined;
  return { edge, vantage, forward: count(forward), reply: count(reply), repeats: count(repeats) };
}

/** All rows of a list; undefined when one of them is none. */
function restoreEach<T>(rows: unknown, restore: (row: unknown) => T | undefined): T[] | undefined {
  const restored: T[] = [];
  for (const value of listOf(rows)) {
    const row = restore(value);
    if (row === undefined) return undefined;
    restored.push(row);
  }
  return restored;
}

function objectOf(value: unknown): Loose {
  return typeof value === 'object' && value !== null ? (value as Loose) : {};
}

function numbersOf(value: unknown): number[] {
  return listOf(value).filter((one) => typeof one === 'number');
}

function timeOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A count, or a number of the API; 0 for what is none. */
function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
