import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { talk } from './layers.js';
import { DOWN, failures, NODES, podOf, usualSoak, verdictOf, type End, type SeenFlow, type SoakSpec } from './soak.js';

const END = 30;

function host(node: string): End {
  return { name: 'host', node, pod: `kubelet-${node}`, ip: `192.168.0.${NODES.indexOf(node) + 1}` };
}

interface Both {
  readonly from: End;
  readonly to: End;
  readonly port?: number;
  readonly until?: number;
  /** Minute from which on no reply comes back; who still sees what. */
  readonly lost?: number;
  readonly arrives?: boolean;
  readonly isAnswered?: boolean;
}

/** A connection that is open all the time, as the nodes of both ends see it. */
function connection({
  from,
  to,
  port = 5432,
  until = END,
  lost = until,
  arrives = true,
  isAnswered = false,
}: Both): SeenFlow[] {
  const all = { from, to, port, perMinute: 12, until };
  const back = { ...all, reply: true };
  if (lost >= until) return [...talk(all), ...talk(back)];
  const { node: here } = from;
  const { node: there } = to;
  return [
    ...talk(all).filter(({ node, time }) => node === here || arrives || time < talkEnd(lost)),
    ...talk({ ...back, until: lost }),
    ...(isAnswered ? talk({ ...back, since: lost }).filter(({ node }) => node === there && there !== here) : []),
  ];
}

const talkEnd = (minute: number) => Date.UTC(2026, 0, 5, 10) + minute * 60_000;

/** The kubelet of each node probes its servers: they are seen to live. */
const PROBES = NODES.flatMap((node) => connection({ from: host(node), to: podOf(node, 'server'), port: 8080 }));

const soak = (more: readonly SeenFlow[], over: Partial<SoakSpec> = {}) =>
  verdictOf(usualSoak({ more: [...PROBES, ...more], minutes: END, ...over }));

const [from, to] = [podOf('n2', 'client'), podOf('n3', 'server')];

/** Others reach the same server all the time. */
const others = NODES.filter((node) => node !== 'n2').flatMap((node) => connection({ from: podOf(node, 'client'), to }));

describe('established traffic that gets no reply any more', () => {
  it('fails the node at whose restart it began, and says how far it gets', () => {
    for (const [how, said] of [
      [{ arrives: false }, /; it never arrives on n3\. /],
      [{}, /; it arrives on n3 and is not answered\. /],
      [{ isAnswered: true }, /; it arrives on n3, and what is answered there never comes back\. /],
    ] as const) {
      const document = soak([...others, ...connection({ from, to, lost: DOWN.n2, ...how })]);
      assert.equal(document.verdict, 'fail');
      const [finding, ...more] = failures(document);
      assert.deepEqual(more, []);
      assert.equal(finding?.class, 'silent');
      assert.equal(finding.kind, 'talk');
      assert.deepEqual(finding.nodes, ['n2']);
      assert.deepEqual(finding.edges, ['shop/client -> shop/server-c TCP/5432']);
      assert.match(
        finding.says,
        /^Established traffic that used to be answered gets no reply, .* for TCP 5432 from shop\/client on n2 /,
      );
      assert.match(finding.says, said);
    }
  });

  it('passes while replies come', () => {
    assert.equal(soak([...others, ...connection({ from, to })]).verdict, 'pass');
  });

  it('is no matter where nothing was ever answered', () => {
    assert.equal(soak(talk({ from, to, port: 514, perMinute: 12, until: END })).verdict, 'pass');
  });

  it('is no harm where its server is gone: clients repeat themselves for a while', () => {
    const more = connection({ from, to, lost: DOWN.n3, until: DOWN.n3 + 15, arrives: false });
    const isOf = ({ fields: { source, destination } }: SeenFlow) => [source?.pod, destination?.pod].includes(to.pod);
    const probes = PROBES.filter((flow) => !isOf(flow) || flow.time < talkEnd(DOWN.n3));
    const edges = usualSoak().edges.filter((edge) => edge.to !== to);
    const document = verdictOf(usualSoak({ more: [...probes, ...more], edges, minutes: END }));
    assert.deepEqual(failures(document), []);
  });

  it('is a watch where it began long after any restart', () => {
    const document = soak([...others, ...connection({ from, to, lost: DOWN.n3 + 7 })]);
    assert.deepEqual(failures(document), []);
  });

  it('is the far side where callers on nodes not yet restarted get none either', () => {
    const more = NODES.flatMap((node) =>
      connection({ from: podOf(node, 'client'), to: podOf('n1', 'server'), lost: DOWN.n1 + 0.2 }),
    );
    const restarts = usualSoak().restarts.filter(({ node }) => node === 'n2');
    assert.deepEqual(failures(soak(more, { restarts })), []);
  });

  it('tells nothing on a node that shows no replies at all since its restart', () => {
    const flows = [...PROBES, ...others, ...connection({ from, to, lost: DOWN.n2, isAnswered: true })].filter(
      ({ node, time, fields }) => !(node === 'n2' && time > talkEnd(DOWN.n2) && fields.isReply === true),
    );
    const edges = usualSoak().edges.filter((edge) => edge.from.node !== 'n2');
    const document = verdictOf(usualSoak({ more: flows, edges, minutes: END }));
    assert.deepEqual(
      document.findings.filter(({ kind }) => kind === 'talk'),
      [],
    );
  });
});
