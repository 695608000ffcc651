import { stillOnEach } from '../stats/still-on-each.js';
import type { MethodTimes, Observed, ObservedNode, ObservedSegment } from './observed.js';
import { difference, scaledExposures } from './source-counts.js';
import type { HeldUnits } from './source-evidence.js';
import type { SignalOnNode } from './source-signals.js';
import { WindowCounts } from './window-counts.js';

/** Are sources looked at that had such a drop before, or those that never had? */
export type Which = 'known' | 'fresh';

/** Units and exposures of one signal in the after phase of one restart of one node: what looks are made from, each in constant time. */
export class SourcePhase {
  readonly #node: ObservedNode;
  readonly #scaledBefore: Float64Array;
  readonly #bounds: ObservedSegment;
  readonly #units: WindowCounts;
  readonly #activity: WindowCounts;
  readonly #heldFrom: number;
  readonly #minute: number;
  readonly #end: number;
  /** Is it on, after each window of the after phase? Not known before anybody asks. */
  #on: Uint8Array | undefined;

  constructor(
    node: ObservedNode,
    scaledBefore: Float64Array,
    bounds: ObservedSegment,
    units: WindowCounts,
    activity: WindowCounts,
    times: MethodTimes,
  ) {
    this.#node = node;
    this.#scaledBefore = scaledBefore;
    this.#bounds = bounds;
    this.#units = units;
    this.#activity = activity;
    this.#heldFrom = bounds.after + times.heldFrom;
    this.#minute = times.minute;
    this.#end = Math.min(bounds.end, node.visible.length);
  }

  /** Units until the window `end`; so for all that follow. */
  units(end: number): number {
    return this.#units.within(this.#bounds.after, end);
  }

  /** Visible windows, each scaled by the growth of traffic. */
  scaled(end: number): number {
    return difference(this.#scaledBefore, this.#bounds.after, end);
  }

  heldUnits(end: number): number {
    return this.#units.within(this.#heldFrom, end);
  }

  heldScaled(end: number): number {
    return difference(this.#scaledBefore, this.#heldFrom, end);
  }

  heldWindows(end: number): number {
    return difference(this.#node.visibleBefore, this.#heldFrom, end);
  }

  held(end: number): HeldUnits {
    return { units: this.heldUnits(end), exposure: this.heldScaled(end), windows: this.heldWindows(end) };
  }

  /** Does the latest part keep most of the average rate? What never was cannot fade: so it is on most nodes for most signals. */
  isOn(end: number): boolean {
    if (this.#activity.isEmpty) return true;
    // Every look asks, so it is answered for all of them at once.
    this.#on ??= this.#onEach();
    return this.#on[Math.min(end, this.#end) - this.#bounds.after - 1] !== 0;
  }

  #onEach(): Uint8Array {
    const { after } = this.#bounds;
    const length = Math.max(0, this.#end - after);
    const events = new Float64Array(length);
    const exposure = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      events[i] = this.#activity.within(after, after + i + 1);
      exposure[i] = difference(this.#node.visibleBefore, after, after + i + 1);
    }
    return stillOnEach(events, exposure, { share: 0.6, minWindows: this.#minute, minExpected: 3 });
  }
}

/** The phases of all restarts, and what lies before the first one of each node. */
export class SourcePhases {
  readonly #observed: Observed;
  /** By node, signal and restart. */
  readonly #phases: readonly (readonly Record<Which, readonly SourcePhase[]>[])[];
  readonly #before: readonly Float64Array[];

  /** @param common first restart of all. */
  constructor(observed: Observed, times: MethodTimes, common: number, onNode: readonly (readonly SignalOnNode[])[]) {
    this.#observed = observed;
    const scaled = scaledExposures(observed, common);
    const counts = (windows: readonly number[] = []) => new WindowCounts(windows, observed.length);
    this.#phases = observed.nodes.map((node, n) => {
      const scaledBefore = scaled[n] ?? new Float64Array(0);
      const phases = (units: SignalOnNode['known'], activity: SignalOnNode['known']) =>
        node.segments.map(
          (bounds, k) => new SourcePhase(node, scaledBefore, bounds, counts(units[k]), counts(activity[k]), times),
        );
      return (onNode[n] ?? []).map((on) => ({
        known: phases(on.known, on.knownActivity),
        fresh: phases(on.fresh, on.freshActivity),
      }));
    });
    this.#before = observed.nodes.map(({ segments }, n) => {
      const down = segments[0]?.down ?? observed.length;
      return Float64Array.from(onNode[n] ?? [], ({ units }) => counts(units).within(0, down));
    });
  }

  /** Units before the node's first restart. */
  before(node: number, signal: number): number {
    return this.#before[node]?.[signal] ?? 0;
  }

  /** Visible windows before the node's first restart. */
  exposureBefore(node: number): number {
    const { segments, visibleBefore } = this.#observed.nodes[node] ?? {};
    return difference(visibleBefore, 0, segments?.[0]?.down ?? 0);
  }

  /** @throws RangeError for what the soak does not have. */
  of(node: number, segment: number, signal: number, which: Which): SourcePhase {
    const phase = this.#phases[node]?.[signal]?.[which][segment];
    if (phase === undefined) throw new RangeError(`there is no restart ${segment} of node ${node}, signal ${signal}`);
    return phase;
  }
}
