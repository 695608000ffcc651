import type { EventBatches, RecordedEvent } from './recorded-event.js';

/** How far back in time a flow may lie behind the newest before it: the aggregation copes with that much. */
export const LATENESS_MS = 30_000;
/** The same between flows and what other clocks than the nodes' wrote: those may be a minute apart. */
const OTHER_CLOCK_MS = LATENESS_MS + 60_000;

/**
 * Thrown out of the iteration of a recording that turned out not to be in order of time, when events were given away already. Whoever
 * took them forgets them and reads again, with `path` among those to `sort`.
 */
export class DisorderFound extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} is not in order of time and must be sorted`);
    this.name = 'DisorderFound';
    this.path = path;
  }
}

/** The same events, as long as they are in order of time as far as the aggregation needs it. @throws DisorderFound */
export async function* inOrder(path: string, batches: EventBatches): AsyncGenerator<readonly RecordedEvent[]> {
  let newestFlow = -Infinity;
  let newestOther = -Infinity;
  for await (const batch of batches) {
    for (const { at, event } of batch) {
      switch (event.kind) {
        case 'flow':
          if (at < newestFlow - LATENESS_MS || at < newestOther - OTHER_CLOCK_MS) throw new DisorderFound(path);
          if (at > newestFlow) newestFlow = at;
          break;
        case 'node-samples':
        case 'node-status':
        case 'agent-event':
          if (at < newestFlow - OTHER_CLOCK_MS) throw new DisorderFound(path);
          if (at > newestOther) newestOther = at;
          break;
        case 'lost':
        case 'other':
          break;
      }
    }
    yield batch;
  }
}
