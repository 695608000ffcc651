import type { Endpoint, FlowRecord, Protocol } from '../hubble/event.js';
import { endKey, hasPorts, makeEdge, type Edge, type Family } from './edge.js';

/** Ends and edges remembered before the book begins anew: it only saves making them again. */
const END_CAP = 32_768;
const EDGE_CAP = 65_536;

/** Ends of one pod name or address remembered side by side. */
const NAMESAKES = 8;

/** The key of an end, a number below END_CAP for it, and the edges that it opens. */
interface KnownKey {
  readonly id: number;
  readonly key: string;
  /** By protocol and family, then by the other end's number and the port: numbers of 31 bits are the fastest keys there are. */
  readonly edges: Map<number, Edge>[];
}

/** What the key of an end was made from. */
interface KnownEnd {
  readonly end: Endpoint;
  readonly ip: string;
  readonly made: KnownKey;
  /** Another end of the same name or address, and how many there are. */
  readonly next: KnownEnd | undefined;
  readonly depth: number;
}

/**
 * Makes the edges of flows, each once: rows of many windows share one object, and a flow of a known edge costs no new text. What it
 * remembers changes nothing but time and memory.
 */
export class EdgeBook {
  /** By pod name, else by address. */
  readonly #ends = new Map<string, KnownEnd>();
  readonly #keys = new Map<string, KnownKey>();
  #knownEnds = 0;
  #knownEdges = 0;

  /** The edge of a flow whose source is known to have opened the connection. */
  forward(flow: FlowRecord): Edge {
    return this.#edge(
      this.#keyOf(flow.source, flow.sourceIp),
      this.#keyOf(flow.destination, flow.destinationIp),
      flow,
      flow.destinationPort,
    );
  }

  /** The edge of a flow that belongs to a connection which its destination opened. */
  backward(flow: FlowRecord): Edge {
    return this.#edge(
      this.#keyOf(flow.destination, flow.destinationIp),
      this.#keyOf(flow.source, flow.sourceIp),
      flow,
      flow.sourcePort,
    );
  }

  #keyOf(end: Endpoint, ip: string): KnownKey {
    const name = end.pod === '' ? ip : end.pod;
    const first = this.#ends.get(name);
    for (let known = first; known !== undefined; known = known.next) if (isSame(known, end, ip)) return known.made;
    const key = endKey(end, ip);
    let made = this.#keys.get(key);
    if (made === undefined) this.#keys.set(key, (made = { id: this.#keys.size, key, edges: [] }));
    const next = first !== undefined && first.depth < NAMESAKES ? first : undefined;
    this.#ends.set(name, { end, ip, made, next, depth: (next?.depth ?? 0) + 1 });
    this.#knownEnds += 1;
    return made;
  }

  #edge(src: KnownKey, dst: KnownKey, flow: FlowRecord, port: number): Edge {
    const { protocol } = flow;
    const family = familyOf(flow);
    const answering = hasPorts(protocol) ? port : 0;
    const edges = (src.edges[PROTOCOLS[protocol] * 2 + (family === 6 ? 1 : 0)] ??= new Map<number, Edge>());
    const id = dst.id * 65_536 + answering;
    let edge = edges.get(id);
    if (edge === undefined) {
      edge = makeEdge(src.key, dst.key, protocol, answering, family);
      edges.set(id, edge);
      this.#knownEdges += 1;
      // Two ends may be new at once.
      if (this.#knownEnds > END_CAP - 4 || this.#knownEdges > EDGE_CAP) this.#beginAnew();
    }
    return edge;
  }

  #beginAnew(): void {
    this.#ends.clear();
    this.#keys.clear();
    this.#knownEnds = 0;
    this.#knownEdges = 0;
  }
}

const PROTOCOLS: Record<Protocol, number> = {
  '': 0,
  TCP: 1,
  UDP: 2,
  SCTP: 3,
  ICMPv4: 4,
  ICMPv6: 5,
  VRRP: 6,
  IGMP: 7,
};

function familyOf({ sourceIp, destinationIp }: FlowRecord): Family {
  return (sourceIp === '' ? destinationIp : sourceIp).includes(':') ? 6 : 4;
}

/** Everything that endKey looks at. */
function isSame({ end: known, ip: knownIp }: KnownEnd, end: Endpoint, ip: string): boolean {
  return (
    known.pod === end.pod &&
    known.workload === end.workload &&
    known.namespace === end.namespace &&
    (end.pod !== '' || (knownIp === ip && known.identity === end.identity && sameTexts(known.labels, end.labels)))
  );
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
