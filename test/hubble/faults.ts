/** What a client that follows has in the end, through a real gRPC server that plays faults; for the tests of the fault matrix. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { NODE_STATE, type FlowRecord, type NodeSamples, type SoakEvent } from '../../src/hubble/event.js';
import { follow, type FollowOptions } from '../../src/hubble/follow.js';
import type { Pace } from '../../src/hubble/pace.js';
import { RelayClient } from '../../src/hubble/relay.js';
import type { Fault } from '../../src/hubble/replay-faults.js';
import type { ReplayRecording } from '../../src/hubble/replay-recording.js';
import { startReplay, type Replay } from '../../src/hubble/replay-server.js';
import { atMs, flowLine, nodesLine, type Json } from './lines.js';
import { recordingOf } from './replaying.js';
import { ShiftedPace, SteadyPace } from './steady-pace.js';

export const NODES = ['worker-1', 'worker-2', 'worker-3'];
const SECONDS = 120;
export const EVERY_MS = 200;
/** Times faster than the wall. */
const SPEED = 30;
const GUARD_MS = 90_000;

/** A flow of each node in turn, five a second. */
export function lines(nodes: readonly string[] = NODES): Json[] {
  return Array.from({ length: (SECONDS * 1000) / EVERY_MS }, (_, i) =>
    flowLine(i * EVERY_MS, nodes[i % nodes.length] ?? '', `u-${i}`),
  );
}

/** The same with the agents' versions, which a client asks for before it sends a mask. */
export function linesWithNodes(): Json[] {
  const hour = 3_600_000;
  const nodes = Array.from({ length: SECONDS }, (_, i) =>
    nodesLine(i * 1000, Object.fromEntries(NODES.map((name) => [name, hour + i * 1000]))),
  );
  return [...lines(), ...nodes];
}

export const UUIDS = lines().map((_, i) => `u-${i}`);
export const timeOf = (uuid: string): number => Number(uuid.slice(2)) * EVERY_MS;
export const nodeOf = (uuid: string): string | undefined => NODES[Number(uuid.slice(2)) % NODES.length];

/** All but what a node lost in that time. */
export const without = (node: string, from: number, to: number): string[] =>
  UUIDS.filter((uuid) => nodeOf(uuid) !== node || timeOf(uuid) < from || timeOf(uuid) >= to);

export interface Seen {
  readonly events: readonly SoakEvent[];
  readonly flows: readonly FlowRecord[];
  /** Each once, sorted by number. */
  readonly uuids: readonly string[];
  readonly statuses: readonly string[];
  readonly samples: readonly NodeSamples[];
}

export interface Watched {
  /** Who is followed, where that is no replay of its own. */
  readonly served?: { readonly address: string; readonly pace: SteadyPace } | undefined;
  readonly lines?: readonly Json[] | undefined;
  /** Flows that must come. */
  readonly wanted?: readonly string[] | undefined;
  /** The client's clock less that of the relay and its nodes, ms. */
  readonly ahead?: number | undefined;
  readonly follow?: Partial<FollowOptions> | undefined;
  /** Called with each event, and the client's clock. */
  readonly onEvent?: ((event: SoakEvent, pace: ShiftedPace) => void) | undefined;
  /** More than the flows that is waited for. */
  readonly until?: ((events: readonly SoakEvent[]) => boolean) | undefined;
}

let usual: ReplayRecording | undefined;

/** A replay under such a clock. */
export function replaying(pace: Pace, faults: readonly Fault[], all?: readonly Json[]): Promise<Replay> {
  const recording = all === undefined ? (usual ??= recordingOf(lines())) : recordingOf(all);
  return startReplay(recording, { listen: '127.0.0.1:0', speed: 1, faults, pace });
}

export function steadyPace(t: TestContext): SteadyPace {
  const pace = new SteadyPace(atMs(0), SPEED);
  t.after(() => pace.stop());
  return pace;
}

/** Follows a replay with these faults, under one fast clock, until all flows wanted have come. */
export async function watch(t: TestContext, faults: readonly Fault[], watched: Watched = {}): Promise<Seen> {
  const { wanted = UUIDS } = watched;
  const { served } = watched;
  const steady = served?.pace ?? steadyPace(t);
  const replay = served === undefined ? await replaying(steady, faults, watched.lines) : undefined;
  const relay = new RelayClient({ server: served?.address ?? replay?.address ?? '', timeoutMs: 60_000 });
  t.after(async () => {
    relay.close();
    await replay?.close();
  });
  const pace = new ShiftedPace(steady, watched.ahead ?? 0);
  const stop = new AbortController();
  const guard = setTimeout(() => stop.abort(), GUARD_MS);
  const missing = new Set(wanted);
  const events: SoakEvent[] = [];
  const statuses: string[] = [];
  const batches = follow(relay, {
    signal: stop.signal,
    onStatus: ({ kind }) => statuses.push(kind),
    random: () => 0,
    pace,
    pollTimeoutMs: 1_000,
    ...watched.follow,
  });
  for await (const batch of batches) {
    for (const { event } of batch) {
      events.push(event);
      if (event.kind === 'flow') missing.delete(event.uuid);
      watched.onEvent?.(event, pace);
    }
    if (missing.size === 0 && (watched.until?.(events) ?? true)) stop.abort();
  }
  clearTimeout(guard);
  const flows = events.filter((event) => event.kind === 'flow');
  const uuids = [...new Set(flows.map(({ uuid }) => uuid))].sort((a, b) => timeOf(a) - timeOf(b));
  assert.deepEqual(
    wanted.filter((uuid) => !uuids.includes(uuid)),
    [],
    'flows that never came',
  );
  const samples = events.filter((event): event is NodeSamples => event.kind === 'node-samples');
  return { events, flows, uuids, statuses, samples };
}

export const times = (kind: string, { statuses }: Seen): number => statuses.filter((one) => one === kind).length;

/** What was told of a node being lost. */
export const errorsOf = (node: string, { events }: Seen): readonly string[] =>
  events.flatMap((event) =>
    event.kind === 'node-status' && event.state === NODE_STATE.ERROR && event.nodes.includes(node)
      ? [event.message]
      : [],
  );

/** The states that GetNodes told of a node, each once in a row. */
export function statesOf(node: string, { samples }: Seen): number[] {
  const states = samples.flatMap(({ nodes }) => nodes.filter(({ name }) => name === node).map(({ state }) => state));
  return states.filter((state, i) => state !== states[i - 1]);
}
