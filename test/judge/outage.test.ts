/** Nobody watches for ten minutes (a laptop sleeps, a network is away), whenever that is: what fails without that never passes with it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Aggregator } from '../../src/aggregate/aggregator.js';
import type { SoakEvent } from '../../src/hubble/event.js';
import { judge } from '../../src/judge/judge.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import type { Effect } from '../simulator/scenario.js';
import { platform, WORKERS } from '../simulator/platform.js';
import { simulate } from '../simulator/soak.js';

const MINUTE = 60_000;
const START = Date.parse('2026-08-22T02:00:00Z');
const OUTAGE_MS = 10 * MINUTE;

const HARMS: Readonly<Record<string, Effect>> = {
  'drops that come back': {
    kind: 'drop',
    reason: 'STALE_OR_UNROUTABLE_IP',
    at: 'source',
    share: 0.9,
    where: { from: 'shop/payments', to: 'world', sourceNodes: ['worker-2'] },
    when: { sinceRestart: 'source' },
  },
  'attempts that nobody answers': {
    kind: 'silent',
    leg: 'request',
    share: 1,
    where: { to: 'shop/cart', destinationNodes: ['worker-3'], path: 'cross-node' },
    when: { sinceRestart: 'destination' },
  },
  'harm that is over after a while': {
    kind: 'silent',
    leg: 'request',
    share: 1,
    where: { from: 'shop/frontend', to: 'shop/cart', destinationNodes: ['worker-1'] },
    when: { from: 13, until: 24 },
  },
};

function eventsOf(effect: Effect): SoakEvent[] {
  const story = platform({
    seed: 77,
    startsAt: '2026-08-22T02:00:00Z',
    minutes: 36,
    restarts: WORKERS.map((node, i) => ({ node, at: 12 + 2 * i, downSeconds: 9 })),
    nodes: WORKERS.map((name) => ({ name, role: 'worker' as const })),
    effects: [effect],
  });
  const denser = { ...story, edges: story.edges.map((edge) => ({ ...edge, perMinute: edge.perMinute * 2 })) };
  return [...simulate(denser)];
}

function verdictOn(events: readonly SoakEvent[], isSeen: (event: SoakEvent) => boolean): string {
  const aggregator = new Aggregator({ windowMs: DEFAULT_SETTINGS.windowMs });
  for (const event of events) if (isSeen(event)) aggregator.push(event);
  aggregator.finish();
  const settings = { ...DEFAULT_SETTINGS, soakMs: 10 * MINUTE };
  return judge(aggregator.journal, settings, { inputs: [], version: 'test', now: undefined }).document.verdict;
}

describe('an outage of ten minutes', () => {
  for (const [name, effect] of Object.entries(HARMS))
    it(`makes no PASS of ${name}`, () => {
      const events = eventsOf(effect);
      assert.equal(
        verdictOn(events, () => true),
        'fail',
      );
      for (const from of [0, 5, 9, 11.9, 13, 14.5, 17, 20, 26]) {
        const [begin, end] = [START + from * MINUTE, START + from * MINUTE + OUTAGE_MS];
        const all = verdictOn(events, ({ time }) => time < begin || time >= end);
        assert.notEqual(all, 'pass', `nothing seen from minute ${from} on`);
        // The relay still holds the last minutes of the nodes, but has not asked them meanwhile.
        const half = verdictOn(
          events,
          ({ kind, time }) => time < begin || time >= end || (kind === 'flow' && time >= end - 3 * MINUTE),
        );
        assert.notEqual(half, 'pass', `only the end seen of the outage from minute ${from} on`);
      }
    });
});
