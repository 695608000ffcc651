import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { diagnose, type Check } from '../../src/doctor/diagnosis.js';
import { Looking } from '../../src/doctor/look.js';
import { EVENT_TYPE, NODE_STATE, type SoakEvent } from '../../src/hubble/event.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { events, small } from '../simulator/small.js';

const QUIET = small({ minutes: 2, restarts: [] });

/** Each check of a look at these events, which arrive when they happen. */
function checksOf(told: readonly SoakEvent[], late: (event: SoakEvent) => number = () => 0): Map<Check['name'], Check> {
  const looking = new Looking();
  for (const event of told) looking.take(event, event.time + late(event));
  return new Map(diagnose(looking.end(120_000), DEFAULT_SETTINGS).map((check) => [check.name, check]));
}

const nodeOf = (event: SoakEvent) => ('node' in event ? event.node : '');

function says(
  checks: ReadonlyMap<Check['name'], Check>,
  name: Check['name'],
  state: Check['state'],
  pattern: RegExp,
): void {
  const check = checks.get(name);
  assert.equal(check?.state, state, check?.says);
  assert.match(check?.says ?? '', pattern);
  assert.equal(check?.fix !== null, state !== 'ok');
}

describe('a doctor', () => {
  it('finds nothing wrong where nothing is', () => {
    const checks = checksOf(events(QUIET));
    for (const [, check] of checks) assert.equal(check.state, 'ok', check.says);
    assert.match(checks.get('nodes')?.says ?? '', /2 of 2 nodes are connected/);
    assert.match(checks.get('soak-length')?.says ?? '', /a PASS takes some \d+ min/);
  });

  it('names the nodes that are not connected, and those that send nothing', () => {
    const away = events(QUIET).map((event) =>
      event.kind === 'node-samples'
        ? {
            ...event,
            nodes: event.nodes.map((one) => (one.name === 'b' ? { ...one, state: NODE_STATE.UNAVAILABLE } : one)),
          }
        : event,
    );
    says(checksOf(away), 'nodes', 'warn', /1 of 2 nodes are connected; not: b \(.*UNAVAILABLE\)/i);
    says(
      checksOf(events(QUIET).filter((event) => event.kind !== 'flow' || event.node !== 'b')),
      'flows',
      'warn',
      /none from b/,
    );
    says(checksOf(events(QUIET).filter(({ kind }) => kind !== 'flow')), 'flows', 'bad', /No flow came/);
    says(checksOf(events(QUIET).filter(({ kind }) => kind === 'flow')), 'nodes', 'warn', /GetNodes is not answered/);
  });

  it('tells of short rings, lost events and clocks that differ', () => {
    const small = events(QUIET).map((event) =>
      event.kind === 'node-samples'
        ? { ...event, nodes: event.nodes.map((one) => ({ ...one, maxFlows: 100 })) }
        : event,
    );
    says(checksOf(small), 'history', 'warn', /hold the last \d+ s or more of flows \(least on [ab]: 100 flows\)/);
    const last = events(QUIET).at(-1)?.time ?? 0;
    const lost: SoakEvent = { kind: 'lost', time: last, node: 'a', source: 1, count: 50 };
    says(checksOf([...events(QUIET), lost]), 'lost-events', 'bad', /lost on a \(/);
    says(
      checksOf(events(QUIET), (event) => (nodeOf(event) === 'b' ? 9000 : 0)),
      'clocks',
      'warn',
      /a and b differ by 9(\.\d)? s/,
    );
  });

  it('tells of replies that are hidden, and of packets told one by one', () => {
    const unheard = events(QUIET).filter((event) => event.kind !== 'flow' || event.isReply !== true);
    says(checksOf(unheard), 'replies', 'warn', /0 % of \d+ attempts were seen to be answered; few of them on a/);
    const chatty = events(QUIET).flatMap((event) =>
      event.kind === 'flow' && event.eventType === EVENT_TYPE.TRACE && event.isReply === false
        ? [
            event,
            ...Array.from({ length: 8 }, (_, i) => ({
              ...event,
              uuid: `${event.uuid}${i}`,
              tcpFlags: 16,
              traceReason: 2,
            })),
          ]
        : [event],
    );
    says(checksOf(chatty), 'aggregation', 'warn', /Single packets are told/);
  });

  it('says that a soak without traffic can never pass', () => {
    says(checksOf(events(QUIET).filter(({ kind }) => kind !== 'flow')), 'soak-length', 'bad', /could never pass/);
  });
});
