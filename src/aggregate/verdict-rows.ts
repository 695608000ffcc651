import { VERDICT, type FlowRecord } from '../hubble/event.js';
import type { Edge } from './edge.js';

/**
 * What a policy verdict event says. `denied`: the packet is gone (its drop event is in `drops`). `audited`: policy audit mode, it would
 * have been denied and went on. `redirected`: allowed, through a proxy. `other`: a verdict that this version does not know.
 */
export type PolicyOutcome = 'allowed' | 'denied' | 'audited' | 'redirected' | 'other';

/**
 * Policy verdict events (event type 5, and no other) of one kind on one edge, as the enforcing node told them: egress verdicts by the
 * source's node, ingress verdicts by the destination's.
 *
 * Allowed, redirected and audited ones come once for each new connection, and only where a policy selects the endpoint in that direction;
 * denied ones come for every packet, retransmissions too. So the presence of outcomes may be compared, their numbers may not.
 */
export interface VerdictRow {
  readonly edge: Edge;
  /** flow.TrafficDirection number: the direction of the policy. */
  readonly direction: number;
  readonly outcome: PolicyOutcome;
  /** flow.DropReason number of a denial (133 no rule allows it, 181 a rule denies it, 189 authentication required); 0 else. */
  readonly reason: number;
  /** flow.AuthType number: what the rule asks for; 0 = none. */
  readonly authType: number;
  /** `policy_match_type` number as told, newer ones too; 0 = none. */
  readonly match: number;
  readonly events: number;
  /**
   * The first POLICIES different names of policies that allowed or denied it; empty for a default deny, for audit mode, and while the
   * agent does not tell (the first seconds after its start, say).
   */
  readonly policies: readonly string[];
  /**
   * Policy revision of the last event that told one; 0 when none did. It counts anew from 1 at each start of an agent: only revisions of
   * one node between two of its restarts can be compared.
   */
  readonly revision: number;
}

/** Different policies kept for a row. */
const POLICIES = 4;
/** Rows kept for one edge. */
const KINDS = 64;
/** Longest name kept: a namespace, a slash and a name of Kubernetes fit. */
const NAME_LENGTH = 320;

interface OpenRow extends VerdictRow {
  events: number;
  policies: string[];
  revision: number;
}

/** The policy verdicts of one window while it is being closed. */
export class VerdictRows {
  readonly #rows: OpenRow[] = [];
  readonly #byEdge = new Map<string, OpenRow[]>();
  readonly #cap: number;

  constructor(cap: number) {
    this.#cap = cap;
  }

  /** Counts a policy verdict event; false when there is no room for its row. */
  add(flow: FlowRecord, edge: Edge): boolean {
    const row = this.#find(flow, edge);
    if (row === undefined) return false;
    row.events += flow.weight;
    if (flow.policyRevision !== 0) row.revision = flow.policyRevision;
    for (const policy of flow.allowedBy) addPolicy(row, policy);
    for (const policy of flow.deniedBy) addPolicy(row, policy);
    return true;
  }

  close(): readonly VerdictRow[] {
    return this.#rows;
  }

  #find(flow: FlowRecord, edge: Edge): OpenRow | undefined {
    const { direction, authType, policyMatch: match, dropReason: reason } = flow;
    const outcome = outcomeOf(flow.verdict);
    let known = this.#byEdge.get(edge.key);
    if (known === undefined) this.#byEdge.set(edge.key, (known = []));
    for (const row of known)
      if (
        row.outcome === outcome &&
        row.direction === direction &&
        row.reason === reason &&
        row.authType === authType &&
        row.match === match
      )
        return row;
    if (known.length >= KINDS || this.#rows.length >= this.#cap) return undefined;
    const row: OpenRow = { edge, direction, outcome, reason, authType, match, events: 0, policies: [], revision: 0 };
    known.push(row);
    this.#rows.push(row);
    return row;
  }
}

function addPolicy({ policies }: OpenRow, policy: string): void {
  if (policies.length >= POLICIES) return;
  const name = policy.slice(0, NAME_LENGTH);
  if (!policies.includes(name)) policies.push(name);
}

function outcomeOf(verdict: number): PolicyOutcome {
  switch (verdict) {
    case VERDICT.FORWARDED:
      return 'allowed';
    case VERDICT.DROPPED:
      return 'denied';
    case VERDICT.AUDIT:
      return 'audited';
    case VERDICT.REDIRECTED:
      return 'redirected';
    default:
      return 'other';
  }
}
