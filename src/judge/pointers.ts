/** What leads a person from a finding to the flows: examples and the direction. */
import { directionName, dropReasonName, dropReasonText, verdictName } from '../hubble/names.js';
import { formatTime } from '../hubble/time.js';
import type { ExampleFlow, Finding, Reason } from './document.js';
import type { Evidence, NodeExample } from './from-journal.js';
import type { Group } from './groups.js';

const EXAMPLES = 3;

export function reasonOf(code: number): Reason {
  return { code, name: dropReasonName(code), text: dropReasonText(code) };
}

export function directionOf(group: Group, { observed, dropEdges }: Evidence): Finding['direction'] {
  const on = new Set(group.nodes);
  const counts = [0, 0, 0];
  for (const edge of dropEdges) {
    const signal = observed.signals[edge.signal];
    if (signal?.reason !== group.reason || !(on.has(edge.node) || group.peers.includes(edge.node))) continue;
    const events = edge.events.reduce((sum, n) => sum + n, 0);
    counts[signal.direction] = (counts[signal.direction] ?? 0) + events;
  }
  const most = counts.indexOf(Math.max(...counts));
  const name = directionName(most);
  return name === 'INGRESS' ? 'ingress' : name === 'EGRESS' ? 'egress' : 'unknown';
}

/** Flows of the failure, those of its own nodes first. */
export function examples(
  evidence: Evidence,
  nodes: readonly number[],
  reason: number,
  edges: ReadonlySet<string>,
): ExampleFlow[] {
  const { observed, origin } = evidence;
  const on = new Set(nodes);
  const isAfter = (example: NodeExample) => {
    const after = observed.nodes[example.node]?.segments[0]?.back;
    return after === undefined || Math.floor(example.time / observed.windowMs) - origin >= after;
  };
  const matching = evidence.examples.filter(
    (example) => example.reason === reason && edges.has(example.edgeText) && isAfter(example),
  );
  const own = matching.filter((example) => on.has(example.node));
  return (own.length > 0 ? own : matching)
    .sort((a, b) => a.time - b.time)
    .slice(0, EXAMPLES)
    .map((example) => ({
      time: formatTime(example.time),
      node: observed.nodes[example.node]?.name ?? '',
      verdict: verdictName(example.verdict),
      dropReason: example.reason === 0 ? null : dropReasonName(example.reason),
      direction: directionName(example.direction),
      source: example.source,
      destination: example.destination,
      protocol: example.protocol,
      destinationPort: example.port,
      uuid: example.uuid,
    }));
}
