/** What policy verdicts tell: audit mode, the names of denials, revisions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeResponse } from '../../src/hubble/decode.js';
import type { FlowRecord } from '../../src/hubble/event.js';
import { DIRECTION, EVENT_TYPE, VERDICT } from '../../src/hubble/event.js';
import type { Scenario } from './scenario.js';
import { lines } from './soak.js';
import { byConnection, drops, flows, minuteOf, small } from './small.js';

function verdicts(change: Partial<Scenario>): FlowRecord[] {
  const policy = { allowedBy: { ingress: 'shop/api' } };
  return flows(small({ restarts: [], ...change }, policy)).filter(
    ({ eventType }) => eventType === EVENT_TYPE.POLICY_VERDICT,
  );
}

describe('policy verdicts', () => {
  it('of audit mode: once for each connection, without names, and it goes on', () => {
    const effects = [{ kind: 'audit', at: 'destination', where: {}, when: { from: 2 } }] as const;
    const list = flows(small({ restarts: [], effects }));
    const audited = list.filter(({ verdict }) => verdict === VERDICT.AUDIT);
    assert.ok(audited.length > 200 && drops(list).length === 0);
    for (const flow of audited) {
      assert.deepEqual(
        [flow.eventType, flow.direction, flow.dropReason],
        [EVENT_TYPE.POLICY_VERDICT, DIRECTION.INGRESS, 0],
      );
      assert.ok(minuteOf(flow) >= 2 && flow.allowedBy.length === 0 && flow.isReply === false);
    }
    for (const one of byConnection(list).values()) {
      if (minuteOf(one[0] ?? assert.fail()) < 4.9) assert.ok(one.some(({ isReply }) => isReply === true));
    }
  });

  it('of denials name policies where they are known, drops never do', () => {
    const deny = { kind: 'drop', reason: 'POLICY_DENY', at: 'source', where: {}, when: {} } as const;
    const scenario = small({ restarts: [], minutes: 2, effects: [{ ...deny, deniedBy: ['shop/no-api'] }] });
    const decoded = [...lines(scenario)].map((line) => decodeResponse(JSON.parse(line)));
    const list = decoded.filter((event) => event?.kind === 'flow');
    assert.deepEqual(list, flows(scenario));
    for (const { eventType, deniedBy, policyRevision } of list) {
      const isVerdict = eventType === EVENT_TYPE.POLICY_VERDICT;
      assert.deepEqual([deniedBy, policyRevision], isVerdict ? [['shop/no-api'], 7] : [[], 0]);
    }
  });

  it('carry the revision of their moment', () => {
    const list = verdicts({ policyChanges: [{ at: 2, revision: 9 }] });
    assert.ok(list.length > 400);
    for (const flow of list) assert.equal(flow.policyRevision, minuteOf(flow) < 2 ? 7 : 9);
  });
});
