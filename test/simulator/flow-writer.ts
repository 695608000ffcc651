/** Makes the records of flows, with what all of them have: times, identifiers, ends as the observing node knows them. */
import type { Endpoint, FlowRecord, L7, Protocol } from '../../src/hubble/event.js';
import { parseTime } from '../../src/hubble/time.js';
import type { Node } from './cluster.js';
import { Random, mix } from './random.js';
import type { Scenario } from './scenario.js';

/** Takes a flow of the given time, in whole microseconds since the start of the soak. */
export type Sink = (atUs: number, flow: FlowRecord) => void;

/** What one event adds to what all of them have. */
export interface Detail {
  readonly eventType: number;
  readonly subType: number;
  readonly verdict: number;
  readonly direction: number;
  readonly isReply: boolean | undefined;
  readonly tcpFlags: number;
  readonly dropReason?: number;
  readonly tracePoint?: number;
  readonly traceReason?: number;
  readonly authType?: number;
  readonly allowedBy?: readonly string[];
  readonly deniedBy?: readonly string[];
  readonly policyRevision?: number;
  readonly policyMatch?: number;
  readonly l7?: L7;
  readonly file?: string;
}

/** What tells one packet from another. */
export interface Header {
  readonly protocol: Protocol;
  readonly source: Endpoint;
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly destination: Endpoint;
  readonly destinationIp: string;
  readonly destinationPort: number;
  readonly icmpType: number;
}

const NO_NAMES: readonly string[] = [];

export class FlowWriter {
  readonly #startMs: number;
  readonly #sink: Sink;
  readonly #uuidSeed: number;
  readonly #uuidTail: string;
  #count = 0;

  constructor(scenario: Scenario, sink: Sink) {
    const random = new Random(scenario.seed, 'uuids');
    this.#startMs = parseTime(scenario.startsAt);
    this.#sink = sink;
    this.#uuidSeed = random.bits();
    const hex = (length: number): string => random.text(length, '0123456789abcdef');
    this.#uuidTail = `${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  }

  /** Hands one flow over: made in one piece, as there are a hundred thousand of them in a soak. */
  write(at: number, node: Node, header: Header, detail: Detail): void {
    this.#sink(at, {
      kind: 'flow',
      time: timeAt(this.#startMs, at),
      uuid: this.#uuid(),
      node: node.name,
      verdict: detail.verdict,
      dropReason: detail.dropReason ?? 0,
      eventType: detail.eventType,
      eventSubType: detail.subType,
      direction: detail.direction,
      isReply: detail.isReply,
      protocol: header.protocol,
      sourcePort: header.sourcePort,
      destinationPort: header.destinationPort,
      tcpFlags: header.protocol === 'TCP' ? detail.tcpFlags : 0,
      icmpType: header.icmpType,
      sourceIp: header.sourceIp,
      destinationIp: header.destinationIp,
      sourceXlated: '',
      source: header.source,
      destination: header.destination,
      tracePoint: detail.tracePoint ?? 0,
      traceReason: detail.traceReason ?? 0,
      authType: detail.authType ?? 0,
      allowedBy: detail.allowedBy ?? NO_NAMES,
      deniedBy: detail.deniedBy ?? NO_NAMES,
      policyRevision: detail.policyRevision ?? 0,
      policyMatch: detail.policyMatch ?? 0,
      l7: detail.l7,
      destinationNames: NO_NAMES,
      file: detail.file ?? '',
      weight: 1,
    });
  }

  /** Unique in the soak, but only 32 bits of it differ: random ones would be a third of a compressed recording. */
  #uuid(): string {
    const head = mix(this.#uuidSeed ^ this.#count++);
    return `${head.toString(16).padStart(8, '0')}-${this.#uuidTail}`;
  }
}

/** Milliseconds since the epoch. */
export function timeAt(startMs: number, us: number): number {
  const ms = Math.floor(us / 1000);
  return startMs + ms + Math.round(us - ms * 1000) / 1000;
}
