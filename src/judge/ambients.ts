/** Destinations that failed by themselves: their trials were left out, and that is told. */
import { addUp, type EdgeSeries } from './edge-series.js';
import { EMPTY } from './empty-finding.js';
import type { Found, LeftOut } from './found.js';
import { nodeName, observedSeconds, type Judged } from './judged.js';
import { lowerBound, SLOT, shareOf } from './observed.js';
import { side } from './sides.js';
import { listed, percent, plural } from './text.js';

/** Destinations that failed for callers which no restart touches. */
export function ambients(judged: Judged): Found[] {
  const series = judged.edges.series.filter((one) => one.ambient > 0 && one.knownGood);
  if (series.length === 0) return [];
  const byDestination = new Map<string, { readonly destination: string; readonly series: EdgeSeries[] }>();
  for (const one of series) {
    const { dst, protocol, port } = one.trial.edge;
    const edge = `${dst} ${protocol}/${port}`;
    const known = byDestination.get(edge);
    if (known === undefined) byDestination.set(edge, { destination: one.trial.destination, series: [one] });
    else known.series.push(one);
  }
  return [...byDestination].map(([edge, of]) => ambientOf(edge, of.destination, leftOut(of.series, judged), judged));
}

/** What was left out of some edges to one destination, by restart of a node, and the control trials that said so. */
function leftOut(series: readonly EdgeSeries[], judged: Judged): LeftOut[] {
  const byRestart = new Map<string, EdgeSeries[]>();
  for (const one of series) {
    const key = `${one.node}/${one.segment}`;
    byRestart.set(key, [...(byRestart.get(key) ?? []), one]);
  }
  return [...byRestart.values()].flatMap((own): LeftOut[] => {
    const [first] = own;
    const segment = first && judged.evidence.observed.nodes[first.node]?.segments[first.segment];
    if (first === undefined || segment === undefined) return [];
    const bad = judged.edges.ambient.slots(first.trial.destination, segment.down);
    const used = new Set<number>();
    let [trials, failed] = [0, 0];
    for (const { trial, from } of own)
      for (let i = lowerBound(trial.slots, from); i < trial.slots.length; i++) {
        const slot = trial.slots[i] ?? 0;
        if ((slot + 1) * SLOT > segment.end) break;
        if (!bad.has(slot)) continue;
        used.add(slot);
        trials += 1;
        failed += shareOf(trial, i);
      }
    const control = { trials: 0, failed: 0 };
    for (const slot of used) {
      control.trials += bad.get(slot)?.trials ?? 0;
      control.failed += bad.get(slot)?.failed ?? 0;
    }
    return [{ node: first.node, trials, failed, before: addUp(own, () => control).before, control }];
  });
}

function ambientOf(edge: string, destination: string, left: readonly LeftOut[], judged: Judged): Found {
  const nodes = [...new Set(left.map(({ node }) => node))].sort((a, b) => a - b);
  const names = nodes.map((node) => nodeName(judged, node));
  const sum = (of: (one: LeftOut) => number) => left.reduce((total, one) => total + of(one), 0);
  const trials = sum((one) => one.trials);
  const failed = sum((one) => one.failed);
  const before = { trials: sum((one) => one.before.trials), failed: sum((one) => one.before.failed) };
  const control = { trials: sum((one) => one.control.trials), failed: sum((one) => one.control.failed) };
  const share = (of: { trials: number; failed: number }) => (of.trials > 0 ? of.failed / of.trials : 0);
  return {
    ...EMPTY,
    class: 'ambient',
    kind: 'attempts',
    nodes: names,
    scope: 'edge',
    edges: [edge],
    before: side(before.failed, before.failed, before.trials, observedSeconds(nodes, judged, 'before'), share(before)),
    after: side(failed, failed, trials, observedSeconds(nodes, judged, 'after'), share({ trials, failed })),
    control: control.trials > 0 ? side(control.failed, control.failed, control.trials, 0, share(control)) : null,
    says:
      `${edge} failed for callers that no restart touched as well: ${percent(share(control))} of ${plural(control.trials, 'trial')} of such callers failed in the same slots, ` +
      `so it is down by itself. ${plural(trials, 'trial')} of ${listed(names)} (${percent(share({ trials, failed }))} failed, ${percent(share(before))} before) were left out of the comparison.`,
    basis: { kind: 'ambient', destination, left },
  };
}
