/** Which edges the drops of a reason hit since a restart. */
import type { DropEdge } from './drop-series.js';
import type { Evidence } from './from-journal.js';

/** Signals (a reason in each direction) of a reason. */
export function signalsOf(reason: number, { observed }: Evidence): number[] {
  return observed.signals.flatMap((signal, i) => (signal.reason === reason ? [i] : []));
}

/** An edge with the drops that it had since its node settled. */
export type HitEdge = Omit<DropEdge, 'windows' | 'events'> & { readonly events: number };

/** The worst first. */
export function hitSince(nodes: readonly number[], signals: readonly number[], evidence: Evidence): HitEdge[] {
  return evidence.dropEdges
    .filter((edge) => nodes.includes(edge.node) && signals.includes(edge.signal))
    .map((edge) => ({ ...edge, events: eventsAfter(edge, evidence) }))
    .filter(({ events }) => events > 0)
    .sort((a, b) => b.events - a.events);
}

function eventsAfter(edge: Evidence['dropEdges'][number], { observed }: Evidence): number {
  const after = observed.nodes[edge.node]?.segments[0]?.after ?? Number.POSITIVE_INFINITY;
  return edge.windows.reduce((sum, window, i) => (window >= after ? sum + (edge.events[i] ?? 0) : sum), 0);
}
