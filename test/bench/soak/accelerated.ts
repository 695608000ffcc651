/** A world in which time runs faster: for those who wait, and for the calls that have a deadline. */
import type { FollowableRelay } from '../../../src/hubble/follow.js';
import { WALL_PACE, type Pace } from '../../../src/hubble/pace.js';
import type { RelayClient } from '../../../src/hubble/relay.js';

/** A clock that stands at `start` now, and runs `speed` times as fast as the wall's. */
export function acceleratedPace(start: number, speed: number): Pace {
  const began = performance.now();
  return {
    now: () => start + (performance.now() - began) * speed,
    sleep: (ms, signal) => WALL_PACE.sleep(ms / speed, signal),
  };
}

/** A call of a real client must not be given up sooner than so, ms of the wall. */
const LEAST_DEADLINE_MS = 1_000;

export function acceleratedRelay(client: RelayClient, speed: number): FollowableRelay & { close(): void } {
  return {
    address: client.address,
    timeoutMs: client.timeoutMs * speed,
    waitForReady: () => client.waitForReady(),
    flows: (request, signal) => client.flows(request, signal),
    nodes: (timeoutMs = client.timeoutMs * speed, signal) =>
      client.nodes(Math.max(timeoutMs / speed, LEAST_DEADLINE_MS), signal),
    reconnect: () => client.reconnect(),
    close: () => client.close(),
  };
}
