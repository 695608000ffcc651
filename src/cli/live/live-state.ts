import type { FollowStatus } from '../../hubble/follow.js';
import type { VerdictDocument } from '../../judge/document.js';
import type { LiveMetric } from '../../report/openmetrics.js';
import type { Watched } from './endpoint.js';
import type { LiveCounts, LiveListener } from './live-soak.js';

/** How a running soak stands, for those who ask. */
export class LiveState implements LiveListener, Watched {
  #document: VerdictDocument | undefined;
  #counts: LiveCounts = { flows: 0, events: 0, windows: 0, shed: 0 };
  #connected = false;
  #interruptions = 0;
  /** The document is older than what has been counted, and nothing newer can be had. */
  #isStale = false;

  status({ kind }: FollowStatus): void {
    if (kind === 'connected') this.#connected = true;
    if (kind !== 'interrupted' && kind !== 'connection-dead') return;
    if (this.#connected) this.#interruptions += 1;
    this.#connected = false;
  }

  counted(counts: LiveCounts): void {
    this.#counts = counts;
  }

  judged(document: VerdictDocument): void {
    this.#document = document;
    this.#isStale = false;
  }

  lookFailed(): void {
    this.#isStale = true;
  }

  document(): VerdictDocument | undefined {
    return this.#document;
  }

  connected(): boolean {
    return this.#connected && !this.#isStale;
  }

  metrics(): readonly LiveMetric[] {
    const { flows, events, windows, shed } = this.#counts;
    return [
      { name: 'flows', type: 'counter', help: 'Flows taken from the relay.', value: flows },
      { name: 'events', type: 'counter', help: 'Other messages taken from the relay.', value: events },
      {
        name: 'shed_flows',
        type: 'counter',
        help: 'Flows that came faster than they could be taken, and count as lost.',
        value: shed,
      },
      { name: 'windows', type: 'gauge', help: 'Windows that are closed, of all nodes.', value: windows },
      { name: 'connected', type: 'gauge', help: 'Is the stream of flows up?', value: Number(this.#connected) },
      { name: 'interruptions', type: 'counter', help: 'Times that the stream broke.', value: this.#interruptions },
    ];
  }
}
