import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TCP_FLAG, TRACE_REASON, type SoakEvent } from '../../src/hubble/event.js';
import type { Settings } from '../../src/judge/settings.js';
import {
  DOWN,
  eventsOf,
  failures,
  journalOf,
  MINUTE,
  podOf,
  START,
  usualEdges,
  usualSoak,
  verdictOf,
  verdictOn,
  type EdgeSpec,
  type End,
  type SoakSpec,
  type Trouble,
} from './soak.js';

const MINUTES = 40;
const WORLD: End = { name: 'world', node: '', pod: '', ip: '192.0.2.7' };

/** A node tells of no reply from a minute on; clients close their connections, and that shows. */
function hiding(events: Iterable<SoakEvent>, node: string, minute: number): SoakEvent[] {
  return [...events].flatMap((event): SoakEvent[] => {
    if (event.kind !== 'flow' || event.node !== node || event.isReply !== true) return [event];
    if (event.time < START + minute * MINUTE) return [event];
    if (event.protocol !== 'TCP') return [];
    const { source, sourceIp, sourcePort, destination, destinationIp, destinationPort } = event;
    return [
      {
        ...event,
        time: event.time + 100,
        source: destination,
        sourceIp: destinationIp,
        sourcePort: destinationPort,
        destination: source,
        destinationIp: sourceIp,
        destinationPort: sourcePort,
        tcpFlags: TCP_FLAG.FIN | TCP_FLAG.ACK,
        isReply: false,
        traceReason: TRACE_REASON.ESTABLISHED,
      },
    ];
  });
}

const udp = (node: string, to: End): EdgeSpec => ({
  from: podOf(node, 'client'),
  to,
  port: 53,
  protocol: 'UDP',
  perMinute: 12,
});

function verdictHiding(spec: Partial<SoakSpec>, node: string, minute: number, settings: Partial<Settings> = {}) {
  return verdictOn(journalOf(hiding(eventsOf(usualSoak({ minutes: MINUTES, ...spec })), node, minute)), settings);
}

const sight = (document: ReturnType<typeof verdictOf>) =>
  document.findings.filter(({ class: kind, says }) => kind === 'visibility' && says.includes('shows no replies'));

describe('a node that shows no replies', () => {
  const edges = [...usualEdges(undefined, 12), udp('n2', WORLD), udp('n2', podOf('n1', 'server')), udp('n1', WORLD)];

  it('since its restart has broken nothing, cannot pass, and is told of', () => {
    const document = verdictHiding({ edges }, 'n2', DOWN.n2, { tolerance: 0.1 });
    assert.deepEqual(failures(document), []);
    const [finding, ...others] = sight(document);
    assert.deepEqual(others, []);
    assert.equal(finding?.severity, 'warn');
    assert.deepEqual(finding.nodes, ['n2']);
    assert.match(
      finding.says,
      /^n2 shows no replies since its restart: [\d,]+ packets went out and [\d,]+ TCP connections went on as if answered/,
    );
    assert.match(finding.says, /check that monitor aggregation/);
    assert.equal(document.verdict, 'inconclusive');
    assert.deepEqual(
      document.nodes.map(({ verdict }) => verdict),
      ['pass', 'inconclusive', 'pass'],
    );
  });

  it('and never did passes by what its clients send', () => {
    const document = verdictHiding({ edges }, 'n2', 0, { tolerance: 0.1, nodeTolerance: 0.1 });
    assert.equal(document.verdict, 'pass');
    assert.equal(sight(document)[0]?.severity, 'info');
  });

  it('as nothing is answered has broken it', () => {
    const hole: Trouble = ({ from }, minute) => (from.node === 'n2' && minute > DOWN.n2 ? 'silent' : undefined);
    for (const minute of [DOWN.n2, 1000]) {
      const document = verdictHiding({ edges: usualEdges(hole, 12) }, 'n2', minute);
      assert.deepEqual(
        failures(document).map(({ class: kind, nodes }) => ({ kind, nodes })),
        [{ kind: 'silent', nodes: ['n2'] }],
      );
      assert.deepEqual(sight(document), []);
    }
  });

  it('has broken what it showed replies of, whatever goes on where it never did', () => {
    const hole: Trouble = (_, minute) => (minute > DOWN.n2 ? 'silent' : undefined);
    const spec = usualEdges(({ from, to }, minute, random) =>
      from.node === 'n2' || to.node === 'n2' ? hole({ from, to }, minute, random) : undefined,
    );
    const outside = Array.from({ length: 8 }, (_, i): EdgeSpec => ({
      from: podOf('n2', 'client'),
      to: WORLD,
      port: 1000 + i,
      fate: () => 'hidden',
    }));
    const document = verdictHiding({ edges: [...spec, ...outside] }, 'n2', 1000);
    assert.deepEqual(
      failures(document).map(({ nodes }) => nodes),
      [['n2']],
    );
    assert.deepEqual(sight(document), []);
  });
});

describe('answers that left the other node and never came back', () => {
  const lost: Trouble = ({ from, to }, minute) =>
    from.node === 'n2' && to.node !== 'n2' && minute > DOWN.n2 ? 'lost-answer' : undefined;
  const soak = usualSoak({ minutes: MINUTES, edges: usualEdges(lost) });

  it('are lost where clients repeat', () => {
    const document = verdictOf(soak);
    const [finding, ...others] = failures(document);
    assert.deepEqual(others, []);
    assert.equal(finding?.class, 'silent');
    assert.deepEqual(finding.nodes, ['n2']);
    assert.deepEqual(finding.peers, ['n1', 'n3']);
    assert.match(
      finding.says,
      /attempts that could be followed were answered on n1 and n3, and the answer never came back/,
    );
  });

  it('are only not shown where no client repeats', () => {
    const events = eventsOf(soak).filter(
      (event) =>
        event.kind !== 'flow' || event.tcpFlags !== TCP_FLAG.SYN || event.traceReason !== TRACE_REASON.ESTABLISHED,
    );
    assert.deepEqual(failures(verdictOn(journalOf(events))), []);
  });
});
