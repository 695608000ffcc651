/** The rows of a window as bytes: for each kind how one is written, and how it is read back. */
import type { AnswerKind, AnswerRow } from './answer-rows.js';
import type { ByteReader, ByteWriter } from './bytes.js';
import type { Vantage } from './edge.js';
import type { AttemptRow, DropRow } from './journal-lines.js';
import type { Names, NodeNames } from './names.js';
import { listRead, NONE, readHashes, writeHashes } from './packed-lists.js';
import type { TalkRow } from './talk-rows.js';
import type { PolicyOutcome, VerdictRow } from './verdict-rows.js';

/** What the bytes of one node's windows refer to. */
export interface PackContext {
  readonly names: Names;
  readonly edges: NodeNames;
  /** The window itself: nearly all attempts began in it. */
  readonly window: number;
}

/** One kind of rows. */
export interface RowCodec<T> {
  readonly write: (row: T, to: ByteWriter, context: PackContext) => void;
  readonly read: (from: ByteReader, context: PackContext) => T;
}

export const VANTAGES: readonly Vantage[] = ['source', 'destination', 'both', 'none'];
export const OUTCOMES: readonly PolicyOutcome[] = ['allowed', 'denied', 'audited', 'redirected', 'other'];
export const KINDS: readonly AnswerKind[] = ['dns', 'http', 'other'];

const VANTAGE_BITS: Record<Vantage, number> = { source: 0, destination: 1, both: 2, none: 3 };

/** Beside the vantage's two bits: began in another window, has more than answered attempts, and the answered ones, if fewer than 15. */
const [OTHER_WINDOW, HAS_MORE, MANY_ANSWERED] = [4, 8, 15];

export const ATTEMPTS: RowCodec<AttemptRow> = {
  write({ edge, vantage, window, answered, repeated, unanswered, dropped, retransmissions }, to, context) {
    const hasMore = repeated !== 0 || retransmissions !== 0 || unanswered.length > 0 || dropped.length > 0;
    const few = answered >= 0 && answered < MANY_ANSWERED && Number.isInteger(answered);
    to.whole(context.edges.number(edge));
    to.byte(
      VANTAGE_BITS[vantage] |
        (window === context.window ? 0 : OTHER_WINDOW) |
        (hasMore ? HAS_MORE : 0) |
        ((few ? answered : MANY_ANSWERED) << 4),
    );
    if (!few) to.number(answered);
    if (window !== context.window) to.number(context.window - window);
    if (!hasMore) return;
    to.number(repeated);
    to.number(retransmissions);
    writeHashes(unanswered, to);
    to.whole(dropped.length);
    for (const { reason, hashes } of dropped) {
      to.number(reason);
      writeHashes(hashes, to);
    }
  },
  read(from, context) {
    const edge = context.edges.at(from.whole());
    const bits = from.byte();
    const few = bits >> 4;
    const answered = few === MANY_ANSWERED ? from.number() : few;
    const window = (bits & OTHER_WINDOW) === 0 ? context.window : context.window - from.number();
    const vantage = VANTAGES[bits & 3] ?? 'none';
    if ((bits & HAS_MORE) === 0)
      return { edge, vantage, window, answered, repeated: 0, retransmissions: 0, unanswered: NONE, dropped: NONE };
    const repeated = from.number();
    const retransmissions = from.number();
    const unanswered = readHashes(from);
    const dropped = listRead(from.whole(), () => ({ reason: from.number(), hashes: readHashes(from) }));
    return { edge, vantage, window, answered, repeated, retransmissions, unanswered, dropped };
  },
};

/** Beside the vantage's two bits three for each way's packets; all six of them say that the numbers follow. */
const MANY_PACKETS = 63;

export const TALK: RowCodec<TalkRow> = {
  write({ edge, vantage, forward, reply, repeats }, to, { edges }) {
    const packets = (forward << 3) | reply;
    const areFew = repeats === 0 && (forward & 7) === forward && (reply & 7) === reply && packets !== MANY_PACKETS;
    to.whole(edges.number(edge));
    to.byte(VANTAGE_BITS[vantage] | ((areFew ? packets : MANY_PACKETS) << 2));
    if (areFew) return;
    to.number(forward);
    to.number(reply);
    to.number(repeats);
  },
  read(from, { edges }) {
    const edge = edges.at(from.whole());
    const bits = from.byte();
    const vantage = VANTAGES[bits & 3] ?? 'none';
    const packets = bits >> 2;
    if (packets !== MANY_PACKETS) return { edge, vantage, forward: packets >> 3, reply: packets & 7, repeats: 0 };
    return { edge, vantage, forward: from.number(), reply: from.number(), repeats: from.number() };
  },
};

export const DROPS: RowCodec<DropRow> = {
  write({ reason, direction, edge, events, first }, to, { edges }) {
    to.number(reason);
    to.number(direction);
    to.whole(edges.number(edge));
    to.number(events);
    to.number(first);
  },
  read: (from, { edges }) => ({
    reason: from.number(),
    direction: from.number(),
    edge: edges.at(from.whole()),
    events: from.number(),
    first: from.number(),
  }),
};

export const VERDICTS: RowCodec<VerdictRow> = {
  write(row, to, { edges, names }) {
    to.whole(edges.number(row.edge));
    to.number(row.direction);
    to.byte(OUTCOMES.indexOf(row.outcome));
    to.number(row.reason);
    to.number(row.authType);
    to.number(row.match);
    to.number(row.events);
    to.whole(row.policies.length);
    for (const policy of row.policies) to.whole(names.text(policy));
    to.number(row.revision);
  },
  read: (from, { edges, names }) => ({
    edge: edges.at(from.whole()),
    direction: from.number(),
    outcome: OUTCOMES[from.byte()] ?? 'other',
    reason: from.number(),
    authType: from.number(),
    match: from.number(),
    events: from.number(),
    policies: listRead(from.whole(), () => names.textAt(from.whole())),
    revision: from.number(),
  }),
};

export const ANSWERS: RowCodec<AnswerRow> = {
  write(row, to, { edges }) {
    to.whole(edges.number(row.edge));
    to.byte(KINDS.indexOf(row.kind));
    to.number(row.direction);
    to.number(row.ok);
    to.number(row.clientErrors);
    to.number(row.unclear);
    to.number(row.dropped);
    to.number(row.errors);
    to.whole(row.failed.length);
    for (const { code, count } of row.failed) {
      to.number(code);
      to.number(count);
    }
  },
  read: (from, { edges }) => ({
    edge: edges.at(from.whole()),
    kind: KINDS[from.byte()] ?? 'other',
    direction: from.number(),
    ok: from.number(),
    clientErrors: from.number(),
    unclear: from.number(),
    dropped: from.number(),
    errors: from.number(),
    failed: listRead(from.whole(), () => ({ code: from.number(), count: from.number() })),
  }),
};
