/** Answers that proxies show. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeResponse } from '../../src/hubble/decode.js';
import type { FlowRecord } from '../../src/hubble/event.js';
import { DIRECTION, EVENT_TYPE, L7_TYPE, VERDICT } from '../../src/hubble/event.js';
import type { EdgeSpec, Effect } from './scenario.js';
import { lines } from './soak.js';
import { flows, minuteOf, small } from './small.js';

const CALM = { restarts: [], minutes: 10 } as const;
const HTTP: Partial<EdgeSpec> = {
  path: 'cross-node',
  allowedBy: { ingress: 'shop/api' },
  answers: { kind: 'http', at: 'ingress', failing: 0.1 },
};
const DNS: Partial<EdgeSpec> = {
  path: 'cross-node',
  protocol: 'UDP',
  port: 53,
  answers: { kind: 'dns', at: 'egress', failing: 0.1 },
};

function records(edge: Partial<EdgeSpec>, effects: Effect[] = []): { asked: FlowRecord[]; answered: FlowRecord[] } {
  const list = flows(small({ ...CALM, effects }, edge)).filter(({ eventType }) => eventType === EVENT_TYPE.L7);
  return {
    asked: list.filter(({ l7 }) => l7?.type === L7_TYPE.REQUEST),
    answered: list.filter(({ l7 }) => l7?.type === L7_TYPE.RESPONSE),
  };
}

describe('a proxy', () => {
  it('shows a request and its response on each connection, on the node of its side', () => {
    const { asked, answered } = records(HTTP);
    assert.ok(asked.length > 300 && Math.abs(asked.length - answered.length) <= 1);
    for (const flow of [...asked, ...answered]) {
      assert.deepEqual([flow.node, flow.direction, flow.verdict], ['b', DIRECTION.INGRESS, VERDICT.FORWARDED]);
      assert.equal(flow.isReply, flow.l7?.type === L7_TYPE.RESPONSE);
      assert.equal(flow.isReply ? flow.sourcePort : flow.destinationPort, 8080);
    }
    const bad = answered.filter(({ l7 }) => l7?.http?.code === 503).length;
    assert.ok(Math.abs(bad / answered.length - 0.1) < 0.04, `${bad} of ${answered.length}`);
    assert.ok(answered.every(({ l7 }) => [200, 503].includes(l7?.http?.code ?? 0)));
  });

  it('of DNS always says EGRESS, and SERVFAIL for what fails', () => {
    const { answered } = records(DNS);
    assert.ok(answered.every((flow) => flow.node === 'a' && flow.direction === DIRECTION.EGRESS));
    assert.deepEqual(new Set(answered.map(({ l7 }) => l7?.dns?.rcode)), new Set([0, 2]));
  });

  it('has connections redirected to it by policy', () => {
    const verdicts = flows(small(CALM, HTTP)).filter(({ eventType }) => eventType === EVENT_TYPE.POLICY_VERDICT);
    assert.ok(verdicts.length > 300 && verdicts.every(({ verdict }) => verdict === VERDICT.REDIRECTED));
  });

  it('shows other codes where an effect says so, and nothing of what was never answered', () => {
    const { answered } = records(HTTP, [{ kind: 'answer', code: 502, share: 0.5, where: {}, when: { from: 5 } }]);
    const bad = answered.filter(({ l7 }) => l7?.http?.code === 502);
    assert.ok(bad.every((flow) => minuteOf(flow) >= 5));
    assert.ok(Math.abs(bad.length / answered.filter((flow) => minuteOf(flow) >= 5).length - 0.5) < 0.1);
    assert.equal(records(HTTP, [{ kind: 'silent', leg: 'request', where: {}, when: {} }]).answered.length, 0);
  });

  it('is written as lines that decode to the very records', () => {
    for (const edge of [HTTP, DNS]) {
      const scenario = small({ ...CALM, minutes: 2 }, edge);
      const decoded = [...lines(scenario)].map((line) => decodeResponse(JSON.parse(line)));
      const told = decoded.filter((event) => event?.kind === 'flow' && event.eventType === EVENT_TYPE.L7);
      assert.deepEqual(
        told,
        flows(scenario).filter(({ eventType }) => eventType === EVENT_TYPE.L7),
      );
    }
  });
});
