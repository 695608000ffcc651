/**
 * A recording as the replay holds it: what a relay would send, already in protobuf and in order of time, and what GetNodes said when.
 */
import { NODE_STATE, type NodeSample, type SoakEvent } from './event.js';
import type { Message } from './wire.js';
import { encodeResponseJson } from './wire.js';

export interface ReplayEntry {
  readonly kind: 'flow' | 'lost' | 'node-status';
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** When it is sent, where that is not its time. */
  readonly due?: number;
  /** Observing node of a flow or loss; '' when it is not told. */
  readonly node: string;
  /** Told to the streams that are open then, and never again. */
  readonly isPassing?: boolean;
  /** The GetFlowsResponse. */
  readonly bytes: Buffer;
}

export interface ReplaySample {
  readonly time: number;
  readonly nodes: readonly { readonly sample: NodeSample; readonly raw: Message }[];
}

/** When relay said that it lost a node. */
export interface ReplayLoss {
  readonly time: number;
  readonly node: string;
}

export interface ReplayRecording {
  /** In order of time; never empty when there was a usable flow. */
  readonly entries: readonly ReplayEntry[];
  /** In order of time. */
  readonly samples: readonly ReplaySample[];
  readonly losses: readonly ReplayLoss[];
  /** All nodes of flows and samples, sorted. */
  readonly nodes: readonly string[];
  /** `cluster` is '' in a cluster without a name of its own. */
  readonly namespaces: readonly { readonly cluster: string; readonly namespace: string }[];
  /** First and last time of the entries; NaN when there are none. */
  readonly start: number;
  readonly end: number;
  /** Messages that could not be told on the wire, and values that were left out of others. */
  readonly skipped: number;
  readonly dropped: number;
}

/** Takes a recording message by message, in the order of its lines. */
export class ReplayRecordingBuilder {
  readonly #entries: ReplayEntry[] = [];
  readonly #samples: ReplaySample[] = [];
  readonly #losses: ReplayLoss[] = [];
  readonly #nodes = new Set<string>();
  readonly #namespaces = new Map<string, { cluster: string; namespace: string }>();
  #skipped = 0;
  #dropped = 0;
  #lastTime = NaN;

  /** `raw` is the JSON object that `event` was decoded from, in any of the envelopes that decode.ts reads. */
  addMessage(event: SoakEvent, raw: object): void {
    switch (event.kind) {
      case 'flow':
        if (Number.isNaN(event.time)) {
          this.#skipped++;
          return;
        }
        if (event.node !== '') this.#nodes.add(event.node);
        this.#addNamespace(event.source.cluster, event.source.namespace);
        this.#addNamespace(event.destination.cluster, event.destination.namespace);
        this.#lastTime = event.time;
        this.#addEntry('flow', event.time, event.node, flowResponse(raw as Message, event.node));
        return;
      case 'lost':
        this.#addEntry('lost', event.time, event.node, envelope(raw as Message));
        return;
      case 'node-status':
        if (event.state !== NODE_STATE.CONNECTED)
          for (const node of event.nodes) this.#losses.push({ time: event.time, node });
        this.#addEntry('node-status', event.time, '', envelope(raw as Message));
        return;
      case 'node-samples':
        this.#addSample(event.time, event.nodes, envelope(raw as Message));
        return;
      case 'agent-event':
      case 'other':
        // Nothing that a relay sends.
        return;
    }
  }

  build(): ReplayRecording {
    const first = this.#entries.find((entry) => !Number.isNaN(entry.time));
    // What came without a time before the first flow is told with it.
    const entries = this.#entries
      .map((entry) => (Number.isNaN(entry.time) ? { ...entry, time: first?.time ?? 0 } : entry))
      .sort((a, b) => a.time - b.time);
    return {
      entries,
      samples: this.#samples.filter((sample) => !Number.isNaN(sample.time)).sort((a, b) => a.time - b.time),
      losses: this.#losses,
      nodes: [...this.#nodes].sort(),
      namespaces: [...this.#namespaces.values()],
      start: entries[0]?.time ?? NaN,
      end: entries.at(-1)?.time ?? NaN,
      skipped: this.#skipped,
      dropped: this.#dropped,
    };
  }

  #addEntry(kind: ReplayEntry['kind'], time: number, node: string, response: Message): void {
    try {
      const { bytes, dropped } = encodeResponseJson(response);
      this.#dropped += dropped;
      this.#entries.push({ kind, time: Number.isNaN(time) ? this.#lastTime : time, node, bytes });
    } catch {
      // proto-loader refuses what the JSON mapping let through: one message less, and counted.
      this.#skipped++;
    }
  }

  #addSample(time: number, nodes: readonly NodeSample[], raw: Message): void {
    const byName = new Map<unknown, Message>();
    for (const node of raw['nodes'] as unknown[]) {
      if (typeof node === 'object' && node !== null) byName.set((node as Message)['name'], node as Message);
    }
    for (const { name } of nodes) this.#nodes.add(name);
    this.#samples.push({ time, nodes: nodes.map((sample) => ({ sample, raw: byName.get(sample.name) ?? {} })) });
  }

  #addNamespace(cluster: string, namespace: string): void {
    if (namespace === '') return;
    const key = `${cluster}/${namespace}`;
    if (!this.#namespaces.has(key)) this.#namespaces.set(key, { cluster, namespace });
  }
}

/** The message inside a `{"recv":...,"resp":{...}}` of a bare client, or the message itself. */
function envelope(raw: Message): Message {
  const { resp } = raw;
  return isMessage(resp) && !isMessage(raw['flow']) ? resp : raw;
}

/** A flow in any envelope, bare too, as a relay sends it: node and time of the flow outside as well. */
function flowResponse(raw: Message, node: string): Message {
  const outer = envelope(raw);
  const flow = isMessage(outer['flow']) ? outer['flow'] : outer;
  return { flow, node_name: outer['node_name'] ?? node, time: outer['time'] ?? flow['time'] };
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
