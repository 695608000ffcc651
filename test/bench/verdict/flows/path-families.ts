/** Soaks in which the change hurts some of a node's traffic only, at graded strength: is it found, and is the path named? */
import type { Family } from '../family.js';
import { DEFAULT_FLOW_SOAK, REASONS, type FlowSoak, type HarmPath, type PathHarm } from './soak.js';

interface PathFamily extends Family {
  readonly soak: FlowSoak;
}

const FEW = 1 / 10;
const QUICK = 1 / 30;

/** What issue 5 asks where the path has 100 attempts and more: all of it lost, or one in five. */
const DEAD = { detected: 0.95 } as const;
const FIFTH = { detected: 0.9 } as const;
const PLACED = { scope: 0.9 } as const;

const harmed = (path: HarmPath, more: Partial<PathHarm & { where: 'one' | 'all'; delay: number }>): FlowSoak => ({
  ...DEFAULT_FLOW_SOAK,
  harm: { kind: 'path', path, share: 1, leg: 'request', thin: false, where: 'one', delay: 0, ...more },
});

/** All of a path, and a fifth of it, each without a word. */
function graded(
  path: HarmPath,
  name: string,
  says: string,
  scopes: readonly string[],
  more: {
    readonly harm?: Partial<PathHarm & { where: 'one' | 'all' }>;
    readonly placed?: boolean;
    readonly tells?: string;
    readonly dead?: Partial<Family>;
    readonly fifth?: Partial<Family>;
  } = {},
): PathFamily[] {
  const placed = more.placed === true ? PLACED : {};
  const common = { scopes, full: FEW, ...(more.tells === undefined ? {} : { tells: more.tells }) } as const;
  return [
    { name, says, soak: harmed(path, { ...more.harm }), bounds: { ...DEAD, ...placed }, ...common, ...more.dead },
    {
      name: `${name}-20`,
      says: 'the same, 20 %',
      soak: harmed(path, { ...more.harm, share: 0.2 }),
      bounds: FIFTH,
      ...common,
      ...more.fifth,
    },
  ];
}

/** Scopes tell of nodes; protocols and ports stand in the sentences. */
const ANY = ['node', 'pair', 'cross-node', 'towards', 'from', 'edge'];
const DROPPED = { reason: REASONS.fresh } as const;
const QUICKLY = { dead: { quick: QUICK } } as const;

export const PATH_FLOWS: readonly PathFamily[] = [
  ...graded('to-peer', 'pair-to', 'from a node to one other, silent', ['pair'], {
    placed: true,
    dead: { quick: QUICK },
    fifth: { quick: QUICK },
  }),
  ...graded('from-peer', 'pair-from', 'from one other node to it, silent', ['pair'], { placed: true }),
  ...graded('to-peer', 'pair-to-drop', 'from a node to one other, new reason', ['pair'], {
    placed: true,
    harm: DROPPED,
  }),
  ...graded('to-peer', 'pair-to-thin', 'from a node to one other, some 40 attempts, silent', ['pair', 'edge'], {
    harm: { thin: true },
    dead: { bounds: {} },
    fifth: { bounds: {} },
  }),
  ...graded('cross', 'cross', 'between a node and all others, silent', ['cross-node'], { placed: true, ...QUICKLY }),
  ...graded('cross', 'cross-drop', 'between a node and all others, new reason', ['cross-node'], {
    placed: true,
    harm: DROPPED,
  }),
  ...graded('cross', 'cross-all', 'between all restarted nodes, silent', ['cross-node'], {
    placed: true,
    harm: { where: 'all' },
    ...QUICKLY,
  }),
  ...graded('towards', 'towards', 'what comes to a node, silent', ['towards'], QUICKLY),
  ...graded('from', 'from', 'what a node sends out, silent', ['from'], QUICKLY),
  ...graded('udp', 'udp', 'UDP of a node, silent', ANY, { ...QUICKLY, tells: 'UDP' }),
  ...graded('ipv6', 'ipv6', 'IPv6 of a node, silent', ANY, { tells: 'IPv6' }),
  ...graded('service', 'service', 'from a node to one service, silent', ANY, { tells: 'TCP.7000|busy-service' }),
  ...graded('cross', 'return', 'answers between a node and all others, silent', ['cross-node'], {
    placed: true,
    harm: { leg: 'reply' },
    ...QUICKLY,
  }),
  ...graded('probes', 'probes', 'health probes between a node and all others', ['cross-node', 'node'], {
    tells: 'probe|health',
  }),
  ...graded('pods', 'pods', 'all but health probes between a node and others', ['cross-node']),
];
