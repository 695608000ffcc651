import type { AnswerKind, AnswerRow } from './answer-rows.js';
import type { Vantage } from './edge.js';
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
import type { TalkRow } from './talk-rows.js';
import type { PolicyOutcome, VerdictRow } from './verdict-rows.js';

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
  const { kind, node, window, firstFlow, lastFlow, ...rest } = line;
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
  const edges = reader.of(line['edges']);
  const drops = edges.rows<DropRow>(line['drops'], {});
  const attempts = edges.rows<AttemptRow>(line['attempts'], EMPTY_ATTEMPTS);
  const verdicts = restoreEach(line['verdicts'], (row) => restoreVerdict(row, edges));
  const answers = restoreEach(line['answers'], (row) => restoreAnswer(row, edges));
  const talk = restoreEach(line['talk'], (row) => restoreTalk(row, edges));
  if (!Number.isInteger(line['window']) || drops === undefined || attempts === undefined) return undefined;
  if (verdicts === undefined || answers === undefined || talk === undefined) return undefined;
  const examples = objectsOf(line['examples']).map(
    ({ edge, ...rest }) => ({ ...rest, edge: typeof edge === 'number' ? edges.at(edge)?.key : edge }) as Example,
  );
  const rows = { drops, attempts, verdicts, answers, talk, examples };
  const restored = { ...EMPTY_WINDOW, ...(line as unknown as NodeWindow), ...rows };
  Reflect.deleteProperty(restored, 'edges');
  return restored;
}

const EMPTY_ATTEMPTS = { answered: 0, repeated: 0, unanswered: [], dropped: [], retransmissions: 0 };

const EMPTY_WINDOW = {
  flows: 0,
  late: 0,
  lost: 0,
  firstFlow: null,
  lastFlow: null,
  silences: [],
  attemptsBegun: 0,
  answered: [],
  places: [],
  overflow: 0,
  evicted: 0,
};

const OUTCOMES: readonly PolicyOutcome[] = ['allowed', 'denied', 'audited', 'redirected', 'other'];
const KINDS: readonly AnswerKind[] = ['dns', 'http', 'other'];
/** A vantage stands in a row of talk by its place. */
const VANTAGES: readonly Vantage[] = ['source', 'destination', 'both', 'none'];

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

/** A count, or a number of the API; 0 for what is none. */
function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
