import { directionName } from '../hubble/names.js';
import { formatTime } from '../hubble/time.js';
import type { Finding, Side } from './document.js';
import type { KnownDrops } from './expected.js';
import type { KnownCounts, KnownOnNode } from './expected-tally.js';
import type { Layout } from './from-journal.js';
import { nextCommand } from './next-command.js';
import { reasonOf } from './pointers.js';
import { side } from './sides.js';
import { difference } from './source-counts.js';
import { listed, plural, short, spoken } from './text.js';

const EDGES = 20;

/** What known drops did: one finding for each entry and state, for information. */
export function expectedFindings(known: readonly KnownDrops[], layout: Layout): Finding[] {
  return known.map((one) => findingOf(one, layout));
}

function findingOf(known: KnownDrops, layout: Layout): Finding {
  const { entry, nodes } = known;
  const names = nodes.map(({ node }) => nameOf(node, layout));
  const reason = reasonOf(entry.reason);
  const edges = edgesOf(nodes);
  const time = (window: number) => formatTime((window + layout.start) * layout.windowMs);
  const since = time(Math.min(...nodes.map(({ firstWindow }) => firstWindow)));
  return {
    id: '',
    class: 'ambient',
    kind: 'expected',
    severity: 'info',
    nodes: names,
    peers: [],
    direction: entry.direction ?? directionOf(nodes),
    reason,
    reasonName: reason.name,
    scope: names.length > 1 ? 'soak' : edges.length === 1 ? 'edge' : 'node',
    where: '',
    edges: edges.slice(0, EDGES),
    before: sideOf(nodes, layout, 'before'),
    after: sideOf(nodes, layout, 'after'),
    control: null,
    evidence: known.state === 'above' ? { ...evidenceOf(mostAbove(nodes)), pValue: null, rateRatio: null } : null,
    firstSeen: since,
    lastSeen: time(Math.max(...nodes.map(({ lastWindow }) => lastWindow)) + 1),
    examples: [],
    nextCommand: nextCommand({ nodes: names.slice(0, 1), reason: reason.name, since }),
    says: saysOf(known, reason.name, names, layout),
  };
}

function saysOf({ entry, state, nodes }: KnownDrops, reason: string, names: readonly string[], layout: Layout): string {
  const why = entry.why === null ? '' : `, because: ${entry.why}`;
  switch (state) {
    case 'within': {
      const { node, look } = mostFrequent(nodes);
      const ended = nodes.reduce((all, { after }) => all + after.attempts, 0);
      const attempts = ended === 0 ? '' : `, and so are ${plural(ended, 'attempt')} that ended so after it`;
      const most =
        look.seconds === 0
          ? 'nothing of it was seen since a restart has settled'
          : `the most since a restart has settled is ${plural(look.units, 'episode')} in ${spoken(look.seconds * 1000)} on ${nameOf(node, layout)}`;
      return `${reason} on ${listed(names)} is expected until ${entry.untilText} at up to ${entry.rate} on a node (owner ${entry.owner}${why}); ${most}. It is left out on both sides of the restart${attempts}.`;
    }
    case 'above': {
      const { node, look } = mostAbove(nodes);
      const { units, seconds } = look.then;
      const times = short((units / seconds / entry.perMinute) * 60);
      return `${reason} is expected until ${entry.untilText} at up to ${entry.rate} on a node (owner ${entry.owner}${why}), but ${nameOf(node, layout)} had ${plural(units, 'episode')} in its first ${spoken(seconds * 1000)} since it settled, ${times} times that rate. So on ${listed(names)} nothing of it is left out: these drops count like any other.`;
    }
    case 'expired': {
      const sum = nodes.reduce((all, { after }) => all + after.episodes, 0);
      return `${reason} on ${listed(names)} was expected until ${entry.untilText} (owner ${entry.owner}${why}), and that has passed, so it counts like any other: ${plural(sum, 'episode')} since the restart. Renew the entry at ${entry.place}, or remove it.`;
    }
  }
}

function nameOf(node: number, layout: Layout): string {
  return layout.nodes[node]?.name ?? '';
}

/** The node whose known drops come most often. */
function mostFrequent(nodes: readonly KnownOnNode[]): KnownOnNode {
  const rate = ({ look }: KnownOnNode) => (look.seconds > 0 ? look.units / look.seconds : -1);
  return nodes.reduce((most, one) => (rate(one) > rate(most) ? one : most));
}

/** The node that is above the rate most clearly. */
function mostAbove(nodes: readonly KnownOnNode[]): KnownOnNode {
  return nodes.reduce((most, one) => (one.look.logE > most.look.logE ? one : most));
}

function evidenceOf({ look }: KnownOnNode): { readonly logE: number; readonly limit: number } {
  return { logE: look.logE, limit: look.limit };
}

function sideOf(nodes: readonly KnownOnNode[], layout: Layout, which: 'before' | 'after'): Side {
  const sum = (pick: (counts: KnownCounts) => number) => nodes.reduce((all, one) => all + pick(one[which]), 0);
  const seconds = nodes.reduce(
    (all, one) => all + (which === 'after' ? one.look.seconds : secondsBefore(one.node, layout)),
    0,
  );
  const episodes = sum((counts) => counts.episodes);
  return side(
    episodes,
    sum((counts) => counts.events),
    sum((counts) => counts.attempts),
    seconds,
    seconds > 0 ? (episodes / seconds) * 60 : 0,
  );
}

function secondsBefore(index: number, layout: Layout): number {
  const node = layout.nodes[index];
  return (difference(node?.visibleBefore, 0, node?.segments[0]?.down ?? layout.length) * layout.windowMs) / 1000;
}

/** Edges by their drops, most first. */
function edgesOf(nodes: readonly KnownOnNode[]): string[] {
  const events = new Map<string, number>();
  for (const { edges } of nodes) for (const [edge, count] of edges) events.set(edge, (events.get(edge) ?? 0) + count);
  return [...events].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([edge]) => edge);
}

function directionOf(nodes: readonly KnownOnNode[]): Finding['direction'] {
  const [only, ...more] = new Set(nodes.flatMap(({ directions }) => [...directions]));
  if (only === undefined || more.length > 0) return 'unknown';
  const name = directionName(only);
  return name === 'INGRESS' ? 'ingress' : name === 'EGRESS' ? 'egress' : 'unknown';
}
