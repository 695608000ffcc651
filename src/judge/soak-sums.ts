import type { EdgeSeries } from './edge-series.js';
import { Looks, Table } from './edge-table.js';
import type { EdgeTally } from './edge-tally.js';

/** One restart of one node in the sums of the soak. */
interface Part {
  readonly tally: EdgeTally;
  /** By the tally's destinations, and the number of each among all. */
  readonly table: Table;
  readonly rowOf: Int32Array;
  /** 1 for each edge that is counted here, and not under its other end. */
  readonly counted: Uint8Array;
  /** Baselines that are counted under the end that restarted first, as long as that one is on. */
  readonly lent: { readonly owner: Part; readonly table: Table }[];
}

/**
 * The sums over all restarted nodes that are still on, without the worst destination, by slot. An edge with two restarted ends is counted
 * until the second restart under the first, then under the second; its baseline once.
 */
export function soakSums(tallies: readonly EdgeTally[], slots: number, minSlots: (tally: EdgeTally) => number): Looks {
  const names = [...new Set(tallies.flatMap((tally) => tally.destinations))];
  const parts = partsOf(tallies, new Map(names.map((name, i) => [name, i])));
  const first = Math.min(slots, ...tallies.map((tally) => tally.from));
  const looks = new Looks(slots + 1);
  for (let horizon = 0; horizon <= first; horizon++) looks.take(() => 0);
  let on: Part[] = [];
  let all = new Table(names.length);
  for (let horizon = first + 1; horizon <= slots; horizon++) {
    const slot = horizon - 1;
    const onNow = parts.filter(({ tally }) => tally.from < horizon && tally.isOn(horizon, minSlots(tally), 'all'));
    const same = onNow.length === on.length && onNow.every((part, i) => part === on[i]);
    const before = all;
    for (const part of parts) {
      const { tally, table, counted, rowOf } = part;
      if (tally.from > slot) continue;
      const isAdded = same && onNow.includes(part);
      tally.each(slot, (edge, share) => {
        if (counted[edge] !== 1) return;
        const destination = tally.destinationOf[edge] ?? 0;
        const expected = tally.expected[edge] ?? 0;
        table.trial(destination, share, expected, slot >= tally.held);
        if (isAdded) before.trial(rowOf[destination] ?? 0, share, expected, slot >= tally.held);
      });
    }
    const now = same ? before : sumOf(onNow, names.length);
    const worst = now.worst();
    looks.take((which) => now.without(worst, which));
    all = now;
    on = onNow;
  }
  return looks;
}

function sumOf(on: readonly Part[], destinations: number): Table {
  const all = new Table(destinations);
  for (const part of on) {
    all.addAll(part.table, part.rowOf);
    for (const { owner, table } of part.lent) if (!on.includes(owner)) all.addAll(table, part.rowOf);
  }
  return all;
}

function partsOf(tallies: readonly EdgeTally[], rows: ReadonlyMap<string, number>): Part[] {
  const parts = tallies.map((tally): Part => ({
    tally,
    table: new Table(tally.destinations.length),
    rowOf: Int32Array.from(tally.destinations, (name) => rows.get(name) ?? 0),
    counted: new Uint8Array(tally.edges.length),
    lent: [],
  }));
  const ofTrial = new Map<EdgeSeries['trial'], { part: Part; edge: number; one: EdgeSeries }[]>();
  for (const part of parts)
    part.tally.edges.forEach((one, edge) => {
      const group = ofTrial.get(one.trial);
      if (group === undefined) ofTrial.set(one.trial, [{ part, edge, one }]);
      else group.push({ part, edge, one });
    });
  for (const group of ofTrial.values()) {
    const [first, ...others] = group.sort((a, b) => a.one.from - b.one.from);
    if (first === undefined) continue;
    count(first.part, first.edge, first.part.table);
    for (const other of others) {
      // The other end counts only where the first one's series ends: else the same trials would be counted twice.
      if (other.one.node !== first.one.node && !first.one.handedOver) continue;
      let lent = other.part.lent.find((one) => one.owner === first.part);
      if (lent === undefined) {
        lent = { owner: first.part, table: new Table(other.part.tally.destinations.length) };
        other.part.lent.push(lent);
      }
      count(other.part, other.edge, lent.table);
    }
  }
  return parts;
}

/** Counts an edge under this part, its baseline in this table. */
function count(part: Part, edge: number, table: Table): void {
  const one = part.tally.edges[edge];
  if (one === undefined) return;
  part.counted[edge] = 1;
  table.baseline(part.tally.destinationOf[edge] ?? 0, one, part.tally.expected[edge] ?? 0);
}
