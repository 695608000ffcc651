import type { LostEvents } from './event.js';
import type { MessageHead } from './message-head.js';
import { lostToJson, messageOf, type FlowMessage } from './wire.js';

/** Flows of one node are told together by the second, ms: a part of any window. */
const TOGETHER_MS = 1_000;

/** Nodes times seconds that are told apart; what comes beyond is charged to all nodes at once. */
const APART = 16_384;

interface Missing {
  /** That of the first one, ms since the epoch. */
  readonly time: number;
  readonly node: string;
  count: number;
}

/** How many flows were left out in a row, of each node and second. */
export class Shed {
  readonly #missing = new Map<string, Missing>();

  add({ time, node }: MessageHead): void {
    const second = Math.floor(time / TOGETHER_MS);
    const own = `${second} ${node}`;
    const isOwn = this.#missing.has(own) || this.#missing.size < APART;
    const key = isOwn ? own : '';
    const missing = this.#missing.get(key);
    if (missing !== undefined) missing.count += 1;
    else this.#missing.set(key, { time, node: isOwn ? node : '', count: 1 });
  }

  /** As lost events, in order of time. */
  told(source: number): FlowMessage[] {
    return [...this.#missing.values()]
      .sort((a, b) => a.time - b.time)
      .map((missing) => {
        const event: LostEvents = { kind: 'lost', source, ...missing };
        return messageOf(event, () => lostToJson(event));
      });
  }
}
