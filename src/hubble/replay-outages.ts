/**
 * What relay knows of its nodes while a script is played: which it has lost, since when and how it finds them again. All times in
 * milliseconds since the start of the recording. Pure.
 */
import type { Fault } from './replay-faults.js';

/** Relay looks for nodes to ask again this often, and dials a lost one for the first time then. */
export const RECHECK_MS = 2_000;

/** gRPC's back-off of a channel that cannot connect, without its jitter: 1 s, by 1.6 up to 2 minutes. */
const FIRST_WAIT_MS = 1_000;
const WAIT_FACTOR = 1.6;
const LONGEST_WAIT_MS = 120_000;

/** GetNodes tells NODE_ERROR for so long, until relay has noticed. */
const NOTICED_MS = 500;

/** Why a node cannot be had: relay lost the connection, or has no such peer. */
export interface Outage {
  readonly kind: 'lost' | 'no-peer';
  readonly node: string;
  readonly from: number;
  /** Relay is connected to it again. */
  readonly ready: number;
  /** Streams that are open ask it again; Infinity: never. */
  readonly asked: number;
  /** An agent that began anew, and when. */
  readonly began: number | undefined;
  /** What streams are told, besides nothing. */
  readonly errors: readonly NodeError[];
}

export interface NodeError {
  readonly at: number;
  readonly node: string;
  readonly message: string;
}

export type PeerState = 'connected' | 'error' | 'unavailable' | 'no-peer';

export class Outages {
  readonly nodes: readonly string[];
  readonly #byNode = new Map<string, Outage[]>();

  constructor(nodes: readonly string[], faults: readonly Fault[]) {
    this.nodes = nodes;
    for (const [i, node] of nodes.entries()) {
      const own = outagesOf(node, addressOf(i), faults);
      this.#byNode.set(
        node,
        own.sort((a, b) => a.from - b.from),
      );
    }
  }

  /** In order of their beginning. */
  of(node: string): readonly Outage[] {
    return this.#byNode.get(node) ?? [];
  }

  /** The last to end of those that last. */
  at(node: string, now: number): Outage | undefined {
    const lasting = this.of(node).filter((one) => now >= one.from && now < one.ready);
    return lasting.reduce<Outage | undefined>((last, one) => (last && last.ready >= one.ready ? last : one), undefined);
  }

  state(node: string, now: number): PeerState {
    const outage = this.at(node, now);
    if (outage === undefined) return 'connected';
    if (outage.kind === 'no-peer') return 'no-peer';
    return outage.errors.length > 0 && now < outage.from + NOTICED_MS ? 'error' : 'unavailable';
  }

  /** Since when the agent of that time runs; -Infinity: since before the recording. */
  began(node: string, now: number): number {
    return Math.max(
      Number.NEGATIVE_INFINITY,
      ...this.of(node).flatMap(({ began }) => (began !== undefined && began <= now ? [began] : [])),
    );
  }
}

/** As relay tells a node of its own making in messages and GetNodes. */
export function addressOf(index: number): string {
  return `10.9.${index >> 8}.${index & 255}:4244`;
}

function outagesOf(node: string, address: string, faults: readonly Fault[]): Outage[] {
  return faults.flatMap((fault): Outage[] => {
    switch (fault.kind) {
      case 'restart': {
        if (fault.node !== node) return [];
        const back = fault.at + fault.down;
        return [{ ...lost(node, address, fault.at, back), began: back }];
      }
      case 'cut':
        return fault.node === node ? [lost(node, address, fault.at, fault.at + fault.for)] : [];
      case 'all-lost':
        return [lost(node, address, fault.at, fault.at + fault.for)];
      case 'unavailable':
        return fault.node === node ? [silently('lost', node, Number.NEGATIVE_INFINITY, fault.for)] : [];
      case 'peer-new':
        return fault.node === node ? [silently('no-peer', node, Number.NEGATIVE_INFINITY, fault.at)] : [];
      case 'peer-gone':
        return fault.node === node ? [silently('no-peer', node, fault.at, Number.POSITIVE_INFINITY)] : [];
      case 'silent':
        // A stream that has asked a peer never asks it again when it is removed and added.
        return fault.node === node ? [{ ...silently('no-peer', node, fault.at, fault.at), asked: Infinity }] : [];
      case 'empty':
        return [{ ...silently('no-peer', node, fault.at, fault.at + fault.for), asked: Infinity }];
      default:
        return [];
    }
  });
}

function silently(kind: Outage['kind'], node: string, from: number, ready: number): Outage {
  return { kind, node, from, ready, asked: ready + RECHECK_MS, began: undefined, errors: [] };
}

function lost(node: string, address: string, from: number, back: number): Outage {
  const errors = [{ at: from, node, message: unavailable('error reading from server: EOF') }];
  let ready = from + RECHECK_MS;
  if (back > ready) {
    const refused = `connection error: desc = "transport: error while dialing: dial tcp ${address}: connect: connection refused"`;
    errors.push({ at: ready, node, message: unavailable(refused) });
  }
  for (let wait = FIRST_WAIT_MS; ready < back; wait = Math.min(wait * WAIT_FACTOR, LONGEST_WAIT_MS)) ready += wait;
  const asked = from + Math.ceil((ready - from) / RECHECK_MS) * RECHECK_MS;
  return { kind: 'lost', node, from, ready, asked, began: undefined, errors };
}

function unavailable(description: string): string {
  return `rpc error: code = Unavailable desc = ${description}`;
}
