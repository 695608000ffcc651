/** Drops that came with a restart and left with it: told, and not counted. */
import { EMPTY } from './empty-finding.js';
import type { Amount, Found, Settled } from './found.js';
import { nodeName, secondsOf, timeOf, windowsInSight, type Judged } from './judged.js';
import { countWithin } from './observed.js';
import { nextCommand } from './next-command.js';
import { reasonOf } from './pointers.js';
import { controlUnits, side, sideOfUnits } from './sides.js';
import { listed, plural, short, spoken } from './text.js';

/** A settle phase with so many drops, and so many times the usual rate, is told. */
export const TRANSIENT_EVENTS = 3;
export const TRANSIENT_RATE = 3;

/** One finding a reason; not for the reasons and nodes in `failed` (`code\tnode`). */
export function transients(judged: Judged, failed: ReadonlySet<string>): Found[] {
  const { observed } = judged.evidence;
  const byReason = new Map<number, Settled[]>();
  observed.signals.forEach(({ reason }, signal) => {
    observed.nodes.forEach(({ name, segments }, node) => {
      segments.forEach((_, segment) => {
        const settled = settledOf(judged, node, segment, signal);
        if (settled === undefined || !isTransient(settled) || failed.has(`${reason}\t${name}`)) return;
        byReason.set(reason, [...(byReason.get(reason) ?? []), settled]);
      });
    });
  });
  return [...byReason].map(([code, settled]) => transientOf(code, settled, judged));
}

/** Drops of a signal around one settle phase; undefined where it had none. */
function settledOf(judged: Judged, node: number, segment: number, signal: number): Settled | undefined {
  const { observed } = judged.evidence;
  const bounds = observed.nodes[node]?.segments[segment];
  const on = judged.sources.describe(node, signal);
  if (bounds === undefined || on === undefined) return undefined;
  const amount = (from: number, to: number): Amount => {
    let events = 0;
    for (const drop of on.series)
      drop.windows.forEach((w, i) => {
        if (w >= from && w < to) events += drop.events[i] ?? 0;
      });
    return { events, units: countWithin(on.units, from, to), windows: windowsInSight(judged, node, from, to) };
  };
  const seen = on.series.flatMap(({ windows }) => windows.filter((w) => w >= bounds.back && w < bounds.after));
  if (seen.length === 0) return undefined;
  return {
    node,
    segment,
    signal,
    settle: amount(bounds.back, bounds.after),
    before: amount(0, bounds.down),
    later: amount(bounds.after, Math.min(bounds.end, observed.length)),
    first: Math.min(...seen),
    last: Math.max(...seen),
  };
}

/** Many times as frequent as before and as later, over the length of settle. */
function isTransient({ settle, before, later }: Settled): boolean {
  const times = ({ events, windows }: Amount) =>
    TRANSIENT_RATE * (events / Math.max(1, windows)) * Math.max(1, settle.windows);
  return settle.events >= TRANSIENT_EVENTS && settle.events >= times(before) && settle.events >= times(later);
}

function transientOf(code: number, settled: readonly Settled[], judged: Judged): Found {
  const { observed } = judged.evidence;
  const nodes = [...new Set(settled.map(({ node }) => node))];
  const names = nodes.map((node) => nodeName(judged, node));
  const reason = reasonOf(code);
  const backOf = ({ node, segment }: Settled) => observed.nodes[node]?.segments[segment]?.back ?? 0;
  const afterOf = ({ node, segment }: Settled) => observed.nodes[node]?.segments[segment]?.after ?? 0;
  const longest = Math.max(...settled.map((one) => one.last + 1 - backOf(one)));
  const sums = (of: (one: Settled) => Amount) => {
    const all = settled.map(of);
    const sum = (part: keyof Amount) => all.reduce((total, one) => total + one[part], 0);
    return { events: sum('events'), units: sum('units'), seconds: secondsOf(judged, sum('windows')) };
  };
  const [before, settle, later] = [sums((one) => one.before), sums((one) => one.settle), sums((one) => one.later)];
  const perMinute = (amount: number, seconds: number) => (seconds > 0 ? (amount / seconds) * 60 : 0);
  const first = Math.min(...settled.map((one) => one.first));
  const since = timeOf(judged, first);
  const control = controlUnits(
    judged,
    [...new Set(settled.map(({ signal }) => signal))],
    Math.min(...settled.map(backOf)),
    Math.max(...settled.map(afterOf)),
  );
  const sideOf = ({ units, events, seconds }: ReturnType<typeof sums>) =>
    side(units, events, 0, seconds, perMinute(units, seconds));
  return {
    ...EMPTY,
    class: 'transient',
    kind: 'drops',
    nodes: names,
    reason,
    reasonName: reason.name,
    scope: names.length > 1 ? 'soak' : 'node',
    before: sideOf(before),
    after: sideOf(settle),
    control: sideOfUnits(control),
    firstSeen: since,
    lastSeen: timeOf(judged, Math.max(...settled.map((one) => one.last)) + 1),
    nextCommand: nextCommand({ nodes: names.slice(0, 1), reason: reason.name, since }),
    says:
      `${reason.name} came with the restart of ${listed(names)}: ${plural(settle.events, 'drop')} in ${spoken(settle.seconds * 1000)} of settle, ` +
      `${short(before.events)} in ${spoken(before.seconds * 1000)} before and ${short(later.events)} in ${spoken(later.seconds * 1000)} since. ` +
      `The last came at most ${spoken(longest * judged.windowMs)} after the node's return, so it left with the restart and does not count against the change.`,
    basis: { kind: 'transient', settled },
  };
}
