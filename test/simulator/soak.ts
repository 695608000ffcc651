import type { SoakEvent } from '../../src/hubble/event.js';
import { parseTime } from '../../src/hubble/time.js';
import type { Activity, Stage } from './activity.js';
import { Agents } from './agents.js';
import { buildCluster } from './cluster.js';
import { delivered, onTheirClocks } from './delivery.js';
import { Effects } from './effects.js';
import { FlowWriter } from './flow-writer.js';
import { flowLine } from './flow-lines.js';
import { LastingTraffic } from './lasting.js';
import { backgroundNoise } from './noise.js';
import { PacketWriter } from './packets.js';
import { Proxy } from './proxy.js';
import { Random } from './random.js';
import { Restarts } from './restarts.js';
import type { Scenario } from './scenario.js';
import { EdgeTraffic } from './traffic.js';

const MINUTE_US = 60e6;

/** GetNodes is asked this often. */
const POLL_US = 2e6;

/** Traffic is made and brought into order by pieces of this length. */
const PIECE_US = 5e6;

interface Queued {
  readonly at: number;
  /** undefined: a poll of GetNodes, whose answer is known at that time. */
  readonly event: SoakEvent | undefined;
}

/**
 * The events of a soak in the order in which they arrive, which is that of their times but for the relay's late errors. The same scenario
 * gives the same events, whoever asks.
 */
export function simulate(scenario: Scenario): Generator<SoakEvent> {
  const { delivery } = scenario;
  const skewed = scenario.nodes.some((node) => node.clockAheadSeconds !== undefined);
  const told = skewed ? onTheirClocks(inOrder(scenario), scenario.nodes) : inOrder(scenario);
  return delivery === undefined ? told : delivered(told, delivery, new Random(scenario.seed, 'delivery'));
}

function* inOrder(scenario: Scenario): Generator<SoakEvent> {
  const startMs = parseTime(scenario.startsAt);
  const endUs = scenario.minutes * MINUTE_US;
  const cluster = buildCluster(scenario);
  const restarts = new Restarts(scenario);
  const agents = new Agents(scenario, startMs, cluster, restarts);
  const effects = new Effects(scenario, restarts);
  let queue: Queued[] = [];
  const flows = new FlowWriter(scenario, (at, event) => {
    queue.push({ at, event });
  });
  const packets = new PacketWriter(scenario, flows, effects);
  const stage: Stage = { cluster, effects, packets, proxy: new Proxy(scenario, flows, effects) };
  const activities: Activity[] = [
    ...scenario.edges.flatMap(({ perMinute, lasting }, index): Activity[] => [
      ...(perMinute > 0 ? [new EdgeTraffic(scenario, index, stage)] : []),
      ...(lasting === undefined ? [] : [new LastingTraffic(scenario, index, stage)]),
    ]),
    ...backgroundNoise(scenario, cluster, packets),
  ];
  queue.push(...agents.errors());
  yield agents.opening();

  for (let from = 0; from < endUs; from += PIECE_US) {
    const until = Math.min(from + PIECE_US, endUs);
    for (const activity of activities) activity.fill(until);
    for (let at = Math.ceil(from / POLL_US) * POLL_US; at < until; at += POLL_US) queue.push({ at, event: undefined });
    const due = queue.filter((one) => one.at < until).sort((a, b) => a.at - b.at);
    queue = queue.filter((one) => one.at >= until);
    for (const { at, event } of due) {
      if (event === undefined) yield* agents.poll(at);
      else if (event.kind !== 'flow' || agents.shows(event, at)) yield event;
    }
  }
}

/** The same as lines of JSON, as `hubble-soak record` writes them. */
export function* lines(scenario: Scenario): Generator<string> {
  const toLine = flowLine(scenario);
  for (const event of simulate(scenario)) yield toLine(event);
}
