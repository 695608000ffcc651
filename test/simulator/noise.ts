import { TCP_FLAG } from '../../src/hubble/event.js';
import type { Activity } from './activity.js';
import type { Attempt } from './attempt.js';
import type { Cluster, End } from './cluster.js';
import { worldEnd } from './cluster.js';
import { Conntrack } from './conntrack.js';
import type { PacketWriter } from './packets.js';
import { PASS } from './packets.js';
import { isThere } from './pairs.js';
import { Random } from './random.js';
import type { EdgeSpec, Scenario } from './scenario.js';

const SECOND_US = 1e6;
const MINUTE_US = 60e6;

/** Numbers of attempts from here on belong to the scanner. */
const SCANNER_IDS = 2 ** 40;

/** Nobody listens. */
const REFUSAL = TCP_FLAG.RST | TCP_FLAG.ACK;

const SCANNED_PORTS = [21, 22, 23, 80, 443, 445, 1433, 2375, 3306, 3389, 5432, 5900, 6379, 8080, 8443, 9200, 27017];

/** What goes on in every cluster, whatever is restarted. */
export function backgroundNoise(scenario: Scenario, cluster: Cluster, packets: PacketWriter): Activity[] {
  const noise: Activity[] = [];
  if (scenario.noise.routerSolicitationsPerMinute > 0) noise.push(new RouterSolicitations(scenario, cluster, packets));
  if (scenario.noise.scanner !== undefined) noise.push(new Scanner(scenario, scenario.noise.scanner, cluster, packets));
  return noise;
}

class RouterSolicitations implements Activity {
  readonly #random: Random;
  readonly #pods: readonly End[];
  readonly #packets: PacketWriter;
  readonly #meanGap: number;
  #next: number;

  constructor(scenario: Scenario, cluster: Cluster, packets: PacketWriter) {
    this.#random = new Random(scenario.seed, 'router solicitations');
    this.#pods = cluster.nodes.flatMap((node) => node.pods);
    this.#packets = packets;
    this.#meanGap = MINUTE_US / (scenario.noise.routerSolicitationsPerMinute * cluster.nodes.length);
    this.#next = this.#random.exponential(this.#meanGap);
  }

  fill(untilUs: number): void {
    for (; this.#next < untilUs; this.#next += this.#random.exponential(this.#meanGap)) {
      const pod = this.#random.pick(this.#pods);
      if (isThere(pod, this.#next)) this.#packets.routerSolicitation(Math.floor(this.#next), pod);
    }
  }
}

/** Somebody outside who knocks on every door: SYNs to pods at ports of all kinds, in bursts, most of them denied. */
class Scanner implements Activity {
  readonly #random: Random;
  readonly #pods: readonly End[];
  readonly #packets: PacketWriter;
  readonly #aggregation: Scenario['monitorAggregation'];
  readonly #perBurst: number;
  readonly #bursts: readonly number[];
  /** `NAMESPACE/WORKLOAD:PORT` that the world may call. */
  readonly #open: ReadonlySet<string>;
  #nextBurst = 0;
  #nextId = SCANNER_IDS;
  #due: { readonly at: number; readonly from: End }[] = [];

  constructor(
    scenario: Scenario,
    spec: NonNullable<Scenario['noise']['scanner']>,
    cluster: Cluster,
    packets: PacketWriter,
  ) {
    this.#random = new Random(scenario.seed, 'scanner');
    this.#pods = cluster.nodes.flatMap((node) => node.pods);
    this.#packets = packets;
    this.#aggregation = scenario.monitorAggregation;
    this.#perBurst = spec.packetsPerBurst;
    const fromWorld = scenario.edges.filter((edge) => edge.from === 'world');
    this.#open = new Set(fromWorld.map((edge) => `${edge.to}:${edge.port}`));
    const bursts = spec.atMinutes.map((minute) => minute * MINUTE_US);
    if (spec.burstsPerHour > 0) {
      const gap = (): number => this.#random.exponential((60 * MINUTE_US) / spec.burstsPerHour);
      for (let at = gap(); at < scenario.minutes * MINUTE_US; at += gap()) bursts.push(at);
    }
    this.#bursts = bursts.sort((a, b) => a - b);
  }

  fill(untilUs: number): void {
    for (let at = this.#bursts[this.#nextBurst]; at !== undefined && at < untilUs; at = this.#bursts[this.#nextBurst]) {
      this.#nextBurst += 1;
      this.#burst(at);
    }
    const due = this.#due.filter((one) => one.at < untilUs);
    if (due.length === 0) return;
    this.#due = this.#due.filter((one) => one.at >= untilUs);
    for (const { at, from } of due) this.#knock(at, from);
  }

  #burst(start: number): void {
    const from = worldEnd(`203.0.113.${this.#random.integer(1, 254)}`);
    const packets = Math.ceil(this.#perBurst * this.#random.logNormal(0.5));
    let at = start;
    for (let i = 0; i < packets; i++) {
      this.#due.push({ at: Math.floor(at), from });
      at += this.#random.exponential(0.4 * SECOND_US);
    }
  }

  #knock(at: number, from: End): void {
    const to = this.#random.pick(this.#pods);
    if (!isThere(to, at)) return;
    const port = this.#random.pick(SCANNED_PORTS);
    const edge: EdgeSpec = { from: 'world', to: to.name, protocol: 'TCP', port, perMinute: 0 };
    const attempt: Attempt = {
      id: this.#nextId++,
      edge,
      from,
      to,
      sourcePort: this.#random.integer(32768, 60999),
      conntrack: new Conntrack(this.#aggregation),
    };
    this.#send(attempt, at, this.#open.has(`${to.name}:${port}`));
  }

  /** What is open to the world answers; elsewhere a policy denies it, or nobody listens. */
  #send(attempt: Attempt, at: number, isOpen: boolean): void {
    if (!isOpen && this.#random.chance(0.8)) {
      this.#packets.ask(attempt, at, { kind: 'drop', reason: 133, at: 'destination', deniedBy: [] });
      return;
    }
    const arrived = this.#packets.ask(attempt, at, PASS);
    if (arrived !== undefined) this.#packets.answer(attempt, arrived, false, isOpen ? undefined : REFUSAL);
  }
}
