import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeResponse } from '../../src/hubble/decode.js';
import type { NodeSample } from '../../src/hubble/event.js';
import { EVENT_TYPE, LOST_SOURCE, NODE_STATE, TCP_FLAG, VERDICT } from '../../src/hubble/event.js';
import { platform } from './platform.js';
import type { EdgeSpec, Scenario } from './scenario.js';
import { lines, simulate } from './soak.js';
import { START_MS, byConnection, drops, events, flows, minuteOf, small } from './small.js';

/** Points at which the flows of a connection were seen: node, point, reply. */
function views(scenario: Scenario): Set<string> {
  const found = new Set<string>();
  for (const list of byConnection(flows(scenario)).values()) {
    // The end of the recording cuts connections in two.
    if (minuteOf(list[0] ?? assert.fail()) > scenario.minutes - 0.1) continue;
    const seen = list.map((flow) =>
      [flow.node, flow.eventType === EVENT_TYPE.TRACE ? flow.tracePoint : 'verdict', flow.isReply ?? '?'].join(' '),
    );
    found.add(seen.join(', '));
  }
  return found;
}

const QUIET = { restarts: [], minutes: 2 };

function edge(change: Partial<EdgeSpec>): Scenario {
  return small({ ...QUIET, nodes: [...small().nodes, { name: 'c', role: 'control-plane' }] }, change);
}

describe('a simulated soak', () => {
  it('has the same bytes for the same seed, and others for another seed', () => {
    const text = (seed: number): string => [...lines(small({ seed }))].join('\n');
    assert.equal(text(7), text(7));
    assert.notEqual(text(7), text(8));
  });

  it('is written as lines that decode to the very events', () => {
    const scenario = platform({
      seed: 3,
      startsAt: '2026-06-11T02:00:00Z',
      minutes: 5,
      restarts: [{ node: 'worker-1', at: 2, downSeconds: 9 }],
      noise: {
        routerSolicitationsPerMinute: 3,
        closingShare: 0.5,
        scanner: { atMinutes: [1], burstsPerHour: 9, packetsPerBurst: 9 },
      },
      effects: [
        { kind: 'drop', reason: 'AUTH_REQUIRED', at: 'destination', share: 0.2, where: {}, when: { from: 3 } },
        { kind: 'lost-events', nodes: ['worker-2'], share: 0.1, source: 'OBSERVER_EVENTS_QUEUE', when: {} },
      ],
    });
    const decoded = [...lines(scenario)].map((line) => decodeResponse(JSON.parse(line)));
    assert.deepEqual(decoded, [...simulate(scenario)]);
    assert.deepEqual(
      new Set(decoded.map((event) => event?.kind)),
      new Set(['node-status', 'node-samples', 'flow', 'lost']),
    );
  });

  it('has unique uuids and comes in order of time', () => {
    const list = flows(small());
    assert.equal(new Set(list.map((flow) => flow.uuid)).size, list.length);
    for (const [i, flow] of list.entries()) assert.ok(i === 0 || flow.time >= (list[i - 1]?.time ?? Infinity));
  });

  it('has about as many attempts as its edges ask for', () => {
    const syns = flows(small({ restarts: [], minutes: 20 })).filter(
      (flow) => flow.node === 'b' && flow.tcpFlags === TCP_FLAG.SYN,
    );
    assert.ok(Math.abs(syns.length - 2000) < 200, `${syns.length} attempts`);
  });

  it('keeps the traffic when an effect is added', () => {
    const plain = flows(small());
    const changed = flows(
      small({
        effects: [{ kind: 'drop', reason: 'FIB_LOOKUP_FAILED', at: 'destination', where: {}, when: { from: 4 } }],
      }),
    );
    const early = (list: typeof plain): string[] => list.filter((flow) => minuteOf(flow) < 4).map((flow) => flow.uuid);
    assert.deepEqual(early(changed), early(plain));
    assert.ok(drops(changed).length > 0);
  });
});

describe('a connection', () => {
  it('between nodes is seen on both, a same-node one at its two pods', () => {
    assert.deepEqual(
      views(small(QUIET)),
      new Set(['a 4 false, b 101 false, b 4 true, a 101 true', 'b 101 false, b 101 true']),
    );
  });

  it('has a verdict event where a policy selects the pod', () => {
    assert.deepEqual(
      views(small(QUIET, { allowedBy: { ingress: 'shop/api' }, path: 'cross-node' })),
      new Set(['a 4 false, b verdict false, b 101 false, b 4 true, a 101 true']),
    );
    assert.deepEqual(
      views(small(QUIET, { allowedBy: { egress: 'shop/web' }, path: 'cross-node' })),
      new Set(['a verdict false, a 4 false, b 101 false, b 4 true, a 101 true']),
    );
  });

  it('with the world is seen on one node', () => {
    assert.deepEqual(views(small(QUIET, { from: 'world' })), new Set(['b 101 false, b 3 true']));
    assert.deepEqual(views(small(QUIET, { from: 'shop/api', to: 'world' })), new Set(['b 3 false, b 101 true']));
  });

  it('of a node itself has no connection tracking on that node', () => {
    assert.deepEqual(
      views(edge({ from: 'host', to: 'shop/api', path: 'cross-node' })),
      new Set(['a 4 ?, b 101 false, b 4 true, a 3 ?', 'c 4 ?, b 101 false, b 4 true, c 3 ?']),
    );
    assert.deepEqual(
      views(edge({ from: 'host', to: 'shop/api', path: 'same-node' })),
      new Set(['b 101 false, b 3 true']),
    );
    assert.deepEqual(views(edge({ from: 'shop/api', to: 'kube-apiserver' })), new Set(['b 3 false, b 101 true']));
  });

  it('tells a local end by its ID and workload, a remote one by neither', () => {
    for (const flow of flows(small(QUIET, { path: 'cross-node' }))) {
      const [here, there] =
        (flow.node === 'a') === (flow.destinationPort === 8080) ? ['source', 'destination'] : ['destination', 'source'];
      const local = flow[here as 'source'];
      const remote = flow[there as 'source'];
      assert.ok(local.id > 0 && local.workload !== '' && local.workloadKind === 'Deployment');
      assert.ok(remote.id === 0 && remote.workload === '' && remote.pod !== '' && remote.namespace === 'shop');
    }
  });

  it('over IPv6 is the same with other addresses', () => {
    const key = ({ time, node, tcpFlags, sourcePort }: (typeof four)[number]): string =>
      [time, node, tcpFlags, sourcePort].join(' ');
    const four = flows(small(QUIET));
    const six = flows(small(QUIET, { family: 6 }));
    assert.deepEqual(six.map(key), four.map(key));
    const addresses = new Set(six.flatMap(({ sourceIp, destinationIp }) => [sourceIp, destinationIp]));
    assert.deepEqual(addresses, new Set(['fd00:10:244:0::a', 'fd00:10:244:1::a', 'fd00:10:244:1::b']));
    const echo = small(QUIET, { family: 6, protocol: 'ICMP', port: 0 });
    for (const { protocol, icmpType, isReply } of flows(echo))
      assert.deepEqual([protocol, icmpType], ['ICMPv6', isReply === true ? 129 : 128]);
    const decoded = [...lines(echo)].map((line) => decodeResponse(JSON.parse(line)));
    assert.deepEqual(decoded, events(echo));
  });

  it('over UDP and ICMP has no flags and the right types', () => {
    for (const flow of flows(small(QUIET, { protocol: 'UDP', port: 53 }))) assert.equal(flow.tcpFlags, 0);
    for (const flow of flows(small(QUIET, { protocol: 'ICMP', port: 0 }))) {
      assert.equal(flow.icmpType, flow.isReply === true ? 0 : 8);
      assert.equal(flow.sourcePort, 0);
    }
  });

  it('may end with a FIN each way', () => {
    const fins = flows(small({ ...QUIET, noise: { ...small().noise, closingShare: 1 } })).filter(
      (flow) => (flow.tcpFlags & TCP_FLAG.FIN) !== 0,
    );
    assert.ok(fins.some((flow) => flow.isReply === true) && fins.some((flow) => flow.isReply === false));
  });

  it('is tried again where the client says so', () => {
    const effects: Scenario['effects'] = [{ kind: 'silent', leg: 'request', where: {}, when: {} }];
    const tuples = (retries?: EdgeSpec['retries']): number =>
      byConnection(flows(small({ ...QUIET, minutes: 4, effects }, { perMinute: 20, ...(retries ? { retries } : {}) })))
        .size;
    assert.ok(tuples({ afterSeconds: 5, times: 2 }) > 1.7 * tuples());
  });
});

describe('a restart', () => {
  const list = events(small());
  const samples = list.filter((event) => event.kind === 'node-samples');
  const sampleOf = (node: string): { at: number; sample: NodeSample }[] =>
    samples.flatMap(({ time, nodes }) =>
      nodes.filter((one) => one.name === node).map((sample) => ({ at: time - START_MS, sample })),
    );

  it('hides the flows of its node alone, while traffic goes on', () => {
    const inGap = list.filter(
      (event) => event.kind === 'flow' && minuteOf(event) >= 2 && minuteOf(event) < 2 + 10 / 60,
    );
    assert.ok(inGap.length > 5);
    assert.ok(inGap.every((event) => event.kind === 'flow' && event.node === 'a'));
    assert.ok(
      inGap.some((event) => event.kind === 'flow' && event.isReply === true),
      'the other side still answers',
    );
  });

  it('shows in the samples: unavailable, then a young observer that counts from nothing', () => {
    const b = sampleOf('b');
    assert.ok(
      b
        .filter(({ at }) => at >= 120_000 && at < 129_000)
        .every(({ sample }) => sample.state === NODE_STATE.UNAVAILABLE),
    );
    assert.ok(b.filter(({ at }) => at >= 120_000 && at < 129_000).every(({ sample }) => sample.uptimeMs === undefined));
    const after = b.find(({ at }) => at >= 130_000);
    assert.equal((after?.at ?? 0) - (after?.sample.uptimeMs ?? 0), 127_000);
    assert.ok((after?.sample.seenFlows ?? Infinity) < 20);
    assert.ok((b[0]?.sample.uptimeMs ?? 0) > 3600_000);
    assert.ok(sampleOf('a').every(({ sample }) => sample.state === NODE_STATE.CONNECTED));
  });

  it('counts the flows of each node', () => {
    const last = sampleOf('b').at(-1);
    const sent = list.filter(
      (event) => event.kind === 'flow' && event.node === 'b' && event.time - START_MS >= 130_000,
    );
    const until = sent.filter((event) => event.time - START_MS < (last?.at ?? 0));
    assert.equal(last?.sample.seenFlows, until.length);
  });

  it('is told by the relay ten seconds late, with the time at which it happened', () => {
    const at = list.findIndex((event) => event.kind === 'node-status' && event.state === NODE_STATE.ERROR);
    const error = list[at];
    assert.ok(error?.kind === 'node-status');
    assert.deepEqual(error.nodes, ['b']);
    assert.equal(Math.floor((error.time - START_MS) / 1000), 120);
    const next = list.slice(at).find((event) => event.kind === 'flow');
    assert.ok(next !== undefined && next.time - error.time >= 10_000);
  });
});

describe('a node that joins', () => {
  it('is not there before: no flows, no sample, nobody calls its pods', () => {
    const list = events(
      small({
        restarts: [],
        nodes: [
          { name: 'a', role: 'worker' },
          { name: 'b', role: 'worker', joinsAt: 3 },
        ],
        workloads: [
          { name: 'shop/web', kind: 'Deployment', replicas: 1, nodes: ['a'] },
          { name: 'shop/api', kind: 'Deployment', replicas: 2, nodes: ['a', 'b'] },
        ],
      }),
    );
    const names = (event: (typeof list)[number]): string[] => {
      if (event.kind === 'node-samples') return event.nodes.map((node) => node.name);
      if (event.kind === 'node-status') return [...event.nodes];
      return event.kind === 'flow' ? [event.node, ...(event.sourceIp.startsWith('10.244.1.') ? ['b'] : [])] : [];
    };
    assert.ok(list.filter((event) => minuteOf(event) < 3).every((event) => !names(event).includes('b')));
    assert.ok(list.filter((event) => minuteOf(event) > 3).some((event) => event.kind === 'flow' && event.node === 'b'));
  });
});

describe('noise', () => {
  it('solicits routers at its rate', () => {
    const noise = { ...small().noise, routerSolicitationsPerMinute: 6 };
    const found = drops(flows(small({ restarts: [], minutes: 20, noise })));
    assert.ok(found.every((flow) => flow.dropReason === 139 && flow.protocol === 'ICMPv6'));
    assert.ok(Math.abs(found.length - 240) < 60, `${found.length} drops`);
  });

  it('scans in bursts from the world, most of it denied', () => {
    const noise = { ...small().noise, scanner: { atMinutes: [1], burstsPerHour: 0, packetsPerBurst: 60 } };
    const list = flows(small({ restarts: [], noise })).filter((flow) => flow.source.labels.includes('reserved:world'));
    assert.ok(drops(list).length > 10 && drops(list).every((flow) => flow.dropReason === 133));
    assert.ok(list.every((flow) => minuteOf(flow) >= 1));
  });

  it('loses first packets that are sent again after a second and answered', () => {
    const noise = { ...small().noise, retransmittedShare: 1 };
    const scenario = small({ restarts: [], minutes: 2, noise, monitorAggregation: 'none' }, { path: 'cross-node' });
    for (const list of byConnection(flows(scenario)).values()) {
      const syns = list.filter((flow) => flow.node === 'a' && flow.tcpFlags === TCP_FLAG.SYN);
      if (minuteOf(list[0] ?? assert.fail()) > 1.9) continue;
      assert.equal(syns.length, 2);
      assert.ok(list.some((flow) => flow.isReply === true));
    }
  });
});

describe('events that an agent loses', () => {
  it('are missing, and told with their number', () => {
    const change = { restarts: [], minutes: 20 };
    const whole = flows(small(change)).filter((flow) => flow.node === 'b').length;
    const list = events(
      small({
        ...change,
        effects: [{ kind: 'lost-events', nodes: ['b'], share: 0.1, source: 'PERF_EVENT_RING_BUFFER', when: {} }],
      }),
    );
    const left = list.filter((event) => event.kind === 'flow' && event.node === 'b').length;
    const told = list.filter((event) => event.kind === 'lost');
    const count = told.reduce((sum, event) => sum + event.count, 0);
    assert.ok(Math.abs(1 - left / whole - 0.1) < 0.02);
    assert.ok(Math.abs(count - (whole - left)) <= 5);
    assert.ok(told.every((event) => event.node === 'b' && event.source === LOST_SOURCE.PERF_EVENT_RING_BUFFER));
  });

  it('stop being lost with the restart', () => {
    const list = events(
      small({
        effects: [
          {
            kind: 'lost-events',
            nodes: ['a', 'b'],
            share: 0.3,
            source: 'PERF_EVENT_RING_BUFFER',
            when: { untilRestart: 'source' },
          },
        ],
      }),
    ).filter((event) => event.kind === 'lost');
    assert.ok(list.some((event) => event.node === 'b' && minuteOf(event) < 2));
    assert.ok(!list.some((event) => event.node === 'b' && minuteOf(event) > 2.2));
    assert.ok(list.some((event) => event.node === 'a' && minuteOf(event) > 3));
  });
});

it('every verdict is forwarded where nothing fails', () => {
  assert.ok(flows(small()).every((flow) => flow.verdict === VERDICT.FORWARDED));
});
