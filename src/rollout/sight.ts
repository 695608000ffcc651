import { SILENCE_MS, type Journal, type NodeSampleLine, type NodeWindow } from '../aggregate/journal.js';

/** A span of time, ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What was seen of one node, in order of time. */
export interface NodeSight {
  readonly name: string;
  /** Its windows with flows or losses, ascending; several lines of one window may occur. */
  readonly windows: readonly NodeWindow[];
  /** Flows in all of them. */
  readonly flows: number;
  readonly firstFlow: number;
  readonly lastFlow: number;
  /** Spans without a flow of this node, from SILENCE_MS on, in order of time and apart from each other. */
  readonly silences: readonly Span[];
  readonly samples: readonly NodeSampleLine[];
  /** Times at which relay said that it lost the node (UNAVAILABLE, GONE, ERROR). */
  readonly losses: readonly number[];
  /** Times of AGENT_STARTED. */
  readonly starts: readonly number[];
}

const CONNECTED = 1;

/** Everything a journal tells about each node. Nodes that never sent a flow and were never sampled as connected are left out. */
export function sights(journal: Journal): Map<string, NodeSight> {
  const windows = groupBy(journal.windows, (line) => line.node);
  const samples = groupBy(journal.samples, (line) => line.node);
  const statuses = groupBy(journal.statuses, (line) => line.node);
  const names = new Set([...windows.keys(), ...samples.keys()]);
  const starts = groupBy(journal.starts, (line) => fullName(line.node, names));
  const found = new Map<string, NodeSight>();
  for (const name of [...names].sort()) {
    const own = [...(windows.get(name) ?? [])].sort(
      (a, b) => a.window - b.window || (a.firstFlow ?? 0) - (b.firstFlow ?? 0),
    );
    const sampled = [...(samples.get(name) ?? [])].sort((a, b) => a.time - b.time);
    const talked = own.filter((line) => line.firstFlow !== null);
    if (talked.length === 0 && !sampled.some((sample) => sample.state === CONNECTED)) continue;
    found.set(name, {
      name,
      windows: own,
      flows: own.reduce((sum, line) => sum + line.flows, 0),
      firstFlow: least(talked.map((line) => line.firstFlow ?? Number.POSITIVE_INFINITY)),
      lastFlow: most(talked.map((line) => line.lastFlow ?? Number.NEGATIVE_INFINITY)),
      silences: silencesOf(talked),
      samples: sampled,
      losses: (statuses.get(name) ?? [])
        .filter((line) => line.state !== CONNECTED)
        .map((line) => line.time)
        .sort((a, b) => a - b),
      starts: [...new Set((starts.get(name) ?? []).map((line) => line.time))].sort((a, b) => a - b),
    });
  }
  return found;
}

/** The silences that the lines tell, and those between the lines of two journals, which neither could know of. */
function silencesOf(talked: readonly NodeWindow[]): Span[] {
  const found: Span[] = [];
  let last: number | undefined;
  for (const { silences, firstFlow, lastFlow } of talked) {
    const told = silences.map(([from, to]) => ({ from, to }));
    if (last !== undefined && firstFlow !== null && firstFlow - last >= SILENCE_MS && told[0]?.from !== last)
      found.push({ from: last, to: firstFlow });
    found.push(...told);
    last = Math.max(last ?? Number.NEGATIVE_INFINITY, lastFlow ?? Number.NEGATIVE_INFINITY);
  }
  return found;
}

/** Those of some ascending spans, apart from each other, that share time with the one from `from` to `to`. */
export function overlapping(spans: readonly Span[], from: number, to: number): Span[] {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.to ?? Number.POSITIVE_INFINITY) <= from) low = middle + 1;
    else high = middle;
  }
  const found: Span[] = [];
  for (let span = spans[low]; span !== undefined && span.from < to; span = spans[++low]) found.push(span);
  return found;
}

/** Flows per ms from the first to the last one. */
export function flowRate({ flows, firstFlow, lastFlow }: NodeSight): number {
  return flows / Math.max(lastFlow - firstFlow, 1);
}

/** A node's name as its flows have it: exporter files leave the cluster out on lines that are no flows. */
export function fullName(name: string, names: Iterable<string>): string {
  let found: string | undefined;
  for (const known of names) {
    if (known === name) return known;
    if (known.endsWith(`/${name}`) || name.endsWith(`/${known}`)) found ??= known;
  }
  return found ?? name;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}
