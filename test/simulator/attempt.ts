import type { Endpoint } from '../../src/hubble/event.js';
import type { End, Node } from './cluster.js';
import type { Conntrack } from './conntrack.js';
import type { Header } from './flow-writer.js';
import type { EdgeSpec } from './scenario.js';

/** One connection attempt; its retransmissions share it. */
export interface Attempt {
  /** Unique in the soak. */
  readonly id: number;
  readonly edge: EdgeSpec;
  readonly from: End;
  readonly to: End;
  readonly sourcePort: number;
  /** What the nodes remember of it; its only part that changes. */
  readonly conntrack: Conntrack;
  /** The client tried before, with another connection. */
  readonly isRetry?: true;
}

/** Types of ICMP messages. */
const ECHO = {
  4: { protocol: 'ICMPv4', request: 8, reply: 0 },
  6: { protocol: 'ICMPv6', request: 128, reply: 129 },
} as const;

/** A packet of the attempt as `node` shows it: of the client, or the server's `reply`. */
export function headerOf({ edge, from, to, sourcePort }: Attempt, node: Node, reply: boolean): Header {
  const isIcmp = edge.protocol === 'ICMP';
  const isSix = edge.family === 6;
  const echo = ECHO[edge.family ?? 4];
  const [sender, receiver] = reply ? [to, from] : [from, to];
  return {
    protocol: edge.protocol === 'ICMP' ? echo.protocol : edge.protocol,
    source: seenBy(node, sender),
    sourceIp: isSix ? sender.ip6 : sender.ip,
    sourcePort: isIcmp ? 0 : reply ? edge.port : sourcePort,
    destination: seenBy(node, receiver),
    destinationIp: isSix ? receiver.ip6 : receiver.ip,
    destinationPort: isIcmp ? 0 : reply ? sourcePort : edge.port,
    icmpType: !isIcmp ? 0 : reply ? echo.reply : echo.request,
  };
}

function seenBy(node: Node, end: End): Endpoint {
  return end.node === node ? end.local : end.remote;
}
