import { L7_TYPE, VERDICT, type FlowRecord, type L7 } from '../hubble/event.js';
import type { Edge } from './edge.js';

/** `other`: a protocol of which nothing is read (Kafka, or a newer one). */
export type AnswerKind = 'dns' | 'http' | 'other';

/**
 * Answers that a proxy saw on one edge, client to server: L7 records of responses, and of requests only those that the proxy itself refused
 * or failed. Told by the proxy's node alone; there is a row only where a policy or Gateway redirects the traffic through a proxy. What is
 * never answered leaves no response record: it is an unanswered attempt.
 *
 * `ok` and `failed` are the trials of the application's answers. A connection may pass an egress proxy and an ingress proxy: each direction
 * has rows of its own, and only one of them may be counted.
 */
export interface AnswerRow {
  readonly edge: Edge;
  readonly kind: AnswerKind;
  /** flow.TrafficDirection number: which proxy; the DNS proxy always says EGRESS. */
  readonly direction: number;
  /** Answers that are no failure: DNS NOERROR and NXDOMAIN, HTTP below 500. */
  readonly ok: number;
  /** Those of `ok` with an HTTP status of 4xx. */
  readonly clientErrors: number;
  /** Failures by code: DNS rcode (2 SERVFAIL, 5 REFUSED ...); HTTP 502, 503 and 504, and 500 for any other 5xx. */
  readonly failed: readonly { readonly code: number; readonly count: number }[];
  /** Answers whose code says neither: HTTP without a status, other protocols, DNS codes beyond the first CODES different ones. */
  readonly unclear: number;
  /**
   * L7 records with the verdict DROPPED: requests that an L7 policy refused. The proxy then answers an HTTP request itself: a 403 in `ok` and
   * `clientErrors`.
   */
  readonly dropped: number;
  /** L7 records with the verdict ERROR: the proxy itself failed; requests and responses, counted nowhere else. */
  readonly errors: number;
}

/** Different failing codes kept for a row. */
const CODES = 16;

interface OpenRow extends Omit<AnswerRow, 'failed'> {
  ok: number;
  clientErrors: number;
  readonly failed: Map<number, number>;
  unclear: number;
  dropped: number;
  errors: number;
}

/** Is this L7 record one that a row counts? Forwarded requests are not: their responses are. */
export function isAnswer({ l7, verdict }: FlowRecord): boolean {
  if (l7?.type === L7_TYPE.RESPONSE) return true;
  return l7?.type === L7_TYPE.REQUEST && (verdict === VERDICT.DROPPED || verdict === VERDICT.ERROR);
}

/** The answers of one window while it is being closed. */
export class AnswerRows {
  readonly #rows = new Map<string, OpenRow>();
  readonly #cap: number;

  constructor(cap: number) {
    this.#cap = cap;
  }

  /** Counts a record that `isAnswer`; false when there is no room for its row. */
  add(flow: FlowRecord, l7: L7, edge: Edge): boolean {
    const { direction } = flow;
    const kind = kindOf(l7);
    const key = `${kind}\t${direction}\t${edge.key}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      if (this.#rows.size >= this.#cap) return false;
      const none = { ok: 0, clientErrors: 0, unclear: 0, dropped: 0, errors: 0 };
      row = { edge, kind, direction, ...none, failed: new Map() };
      this.#rows.set(key, row);
    }
    count(row, flow, l7);
    return true;
  }

  close(): readonly AnswerRow[] {
    return [...this.#rows.values()].map(({ failed, ...row }) => ({
      ...row,
      failed: [...failed].map(([code, count]) => ({ code, count })),
    }));
  }
}

function kindOf(l7: L7): AnswerKind {
  if (l7.dns !== undefined) return 'dns';
  return l7.http === undefined ? 'other' : 'http';
}

function count(row: OpenRow, { verdict, weight }: FlowRecord, { dns, http }: L7): void {
  if (verdict === VERDICT.DROPPED) row.dropped += weight;
  else if (verdict === VERDICT.ERROR) row.errors += weight;
  else if (dns !== undefined) countDns(row, dns.rcode, weight);
  else if (http !== undefined) countHttp(row, http.code, weight);
  else row.unclear += weight;
}

const NOERROR = 0;
const NXDOMAIN = 3;

function countDns(row: OpenRow, rcode: number, weight: number): void {
  if (rcode === NOERROR || rcode === NXDOMAIN) row.ok += weight;
  else fail(row, rcode, weight);
}

/** What a proxy answers for an upstream that it cannot reach, that refuses, or that is too slow. */
const GATEWAY_ERRORS = [502, 503, 504];

function countHttp(row: OpenRow, code: number, weight: number): void {
  if (code >= 100 && code < 500) {
    row.ok += weight;
    if (code >= 400) row.clientErrors += weight;
  } else if (code >= 500 && code < 600) fail(row, GATEWAY_ERRORS.includes(code) ? code : 500, weight);
  else row.unclear += weight;
}

function fail(row: OpenRow, code: number, weight: number): void {
  const before = row.failed.get(code);
  if (before === undefined && row.failed.size >= CODES) row.unclear += weight;
  else row.failed.set(code, (before ?? 0) + weight);
}
