import { trendFactor } from '../stats/trend.js';
import type { Observed } from './observed.js';
import type { Controls } from './source-counts.js';
import { difference } from './source-counts.js';
import type { HeldUnits } from './source-evidence.js';
import type { SourcePhases, Which } from './source-phases.js';

/** Sums over all restarts that are still on at one look. */
export interface SoakSum {
  readonly na: number;
  readonly ea: number;
  /** Units before with, and without, those that moved sources brought along. */
  readonly nb: number;
  readonly before: number;
  readonly eb: number;
  /** Mean trend of the controls. */
  readonly trend: number;
  readonly held: HeldUnits;
}

/** Where each sum lies in the row of a look. */
const ON = 0;
const NA = 1;
const EA = 2;
const NB = 3;
const BEFORE = 4;
const EB = 5;
const TREND = 6;
const HELD_UNITS = 7;
const HELD_EXPOSURE = 8;
const HELD_WINDOWS = 9;
const WIDTH = 10;

/** The sums of one signal over all nodes for every look, made restart by restart in one pass over the looks. */
export class SourceSoak {
  readonly #rows: Float64Array;

  constructor(
    observed: Observed,
    phases: SourcePhases,
    signal: number,
    which: Which,
    controls: Controls | undefined,
    donorOf: (node: number) => number,
  ) {
    const rows = new Float64Array(observed.length * WIDTH);
    this.#rows = rows;
    const add = (at: number, value: number) => {
      rows[at] = (rows[at] ?? 0) + value;
    };
    for (const [node, { segments }] of observed.nodes.entries())
      for (const [segment, bounds] of segments.entries()) {
        const phase = phases.of(node, segment, signal, which);
        const before = phases.before(node, signal);
        const nb = before + donorOf(node);
        const eb = phases.exposureBefore(node);
        for (let look = Math.max(0, bounds.after); look < observed.length; look++) {
          const end = Math.min(look + 1, bounds.end);
          if (!phase.isOn(end)) continue;
          const at = look * WIDTH;
          add(at + ON, 1);
          add(at + NA, phase.units(end));
          add(at + EA, phase.scaled(end));
          add(at + NB, nb);
          add(at + BEFORE, before);
          add(at + EB, eb);
          add(at + TREND, which === 'known' ? trendOf(controls, bounds.after, look) : 1);
          add(at + HELD_UNITS, phase.heldUnits(end));
          add(at + HELD_EXPOSURE, phase.heldScaled(end));
          rows[at + HELD_WINDOWS] = Math.max(rows[at + HELD_WINDOWS] ?? 0, phase.heldWindows(end));
        }
      }
  }

  /** Undefined where nothing is on. */
  at(look: number): SoakSum | undefined {
    const sum = (which: number) => this.#rows[look * WIDTH + which] ?? 0;
    const restarts = sum(ON);
    if (restarts === 0) return undefined;
    return {
      na: sum(NA),
      ea: sum(EA),
      nb: sum(NB),
      before: sum(BEFORE),
      eb: sum(EB),
      trend: sum(TREND) / restarts,
      held: { units: sum(HELD_UNITS), exposure: sum(HELD_EXPOSURE), windows: sum(HELD_WINDOWS) },
    };
  }
}

/** How much more often than before the controls show a signal, from the window `after` on until a look. */
export function trendOf(controls: Controls | undefined, after: number, look: number): number {
  if (controls === undefined) return 1;
  return trendFactor(
    difference(controls.seen, after + 1, look + 1),
    difference(controls.expected, after + 1, look + 1),
  );
}
