/**
 * Finds nodes that a running stream has lost for good. A relay never asks a peer again that was removed and added (also by a change of
 * its address) while the stream ran, and says nothing; GetNodes shows it connected and busy. Only a new stream brings it back. Pure.
 */
import type { NodeSample } from './event.js';
import { NODE_STATE } from './event.js';

/** Longer than a relay holds flows back to sort them, and than it takes to ask a restarted node again. */
const FIRST_PATIENCE_MS = 30_000;
const LONGEST_PATIENCE_MS = 600_000;

interface Watched {
  /** Wall time of its last flow, or since when its silence counts. */
  quietSince: number;
  /** Time of its last flow; NaN = none yet. */
  lastFlow: number;
  /** seen_flows of the agent when the silence began to count. */
  seenFlows: number;
  patience: number;
}

export interface SilentNode {
  readonly name: string;
  /** Time of its last flow on the stream; NaN = none. */
  readonly lastFlow: number;
}

export class SilenceWatch {
  readonly #nodes = new Map<string, Watched>();

  /** A flow of this node has come at wall time `now`. */
  heard(name: string, flowTime: number, now: number): void {
    const node = this.#nodes.get(name);
    if (node === undefined) {
      this.#nodes.set(name, { quietSince: now, lastFlow: flowTime, seenFlows: NaN, patience: FIRST_PATIENCE_MS });
      return;
    }
    node.quietSince = now;
    node.lastFlow = flowTime;
    node.seenFlows = NaN;
    node.patience = FIRST_PATIENCE_MS;
  }

  /** A GetNodes answer at wall time `now`: the nodes that have flows and send us none. Each is told once per patience, which doubles. */
  sampled(samples: readonly NodeSample[], now: number): SilentNode[] {
    const silent: SilentNode[] = [];
    for (const { name, state, seenFlows } of samples) {
      const node = this.#nodes.get(name);
      if (node === undefined) {
        this.#nodes.set(name, { quietSince: now, lastFlow: NaN, seenFlows, patience: FIRST_PATIENCE_MS });
      } else if (state !== NODE_STATE.CONNECTED || Number.isNaN(node.seenFlows) || seenFlows < node.seenFlows) {
        // Away, or counting anew: its silence begins to count when it is back.
        if (state !== NODE_STATE.CONNECTED || seenFlows < node.seenFlows) node.quietSince = now;
        node.seenFlows = seenFlows;
      } else if (seenFlows > node.seenFlows && now - node.quietSince >= node.patience) {
        silent.push({ name, lastFlow: node.lastFlow });
        node.quietSince = now;
        node.seenFlows = NaN;
        node.patience = Math.min(node.patience * 2, LONGEST_PATIENCE_MS);
      }
    }
    return silent;
  }
}
