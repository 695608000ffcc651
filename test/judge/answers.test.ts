import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Random } from '../simulator/random.js';
import { answers } from './layers.js';
import { DOWN, failures, NODES, podOf, USUAL_RESTARTS, usualSoak, verdictOf, type SeenFlow } from './soak.js';

const MINUTES = 60;
const DNS_POD = podOf('n3', 'server');

type Fails = (node: string, minute: number, random: Random) => boolean;

/** Pods of each node ask the same DNS server; `fails` says which answers are SERVFAIL. */
function dns(fails: Fails, pods: readonly ('client' | 'cache' | 'server')[] = ['client']): SeenFlow[] {
  return NODES.flatMap((node) =>
    pods.flatMap((what) =>
      answers({
        from: podOf(node, what),
        to: DNS_POD,
        port: 53,
        perMinute: 12,
        until: MINUTES,
        answer: (minute, random) => ({ rcode: fails(node, minute, random) ? 2 : 0 }),
      }),
    ),
  );
}

describe('answers of proxies', () => {
  it('that fail since the restart of their node fail it alone, with their code', () => {
    for (const share of [1, 0.6]) {
      const more = dns((node, minute, random) => node === 'n2' && minute > DOWN.n2 && random.chance(share));
      const document = verdictOf(usualSoak({ more, minutes: MINUTES }));
      assert.equal(document.verdict, 'fail', `share ${share}`);
      const [finding, ...others] = failures(document);
      assert.deepEqual(others, []);
      assert.equal(finding?.class, 'broken');
      assert.equal(finding.kind, 'answers');
      assert.equal(finding.reason, null);
      assert.deepEqual(finding.nodes, ['n2']);
      assert.equal(finding.scope, 'edge');
      assert.deepEqual(finding.edges, ['shop/client -> shop/server-c UDP/53']);
      assert.match(
        finding.says,
        /^Proxies get failing answers \(SERVFAIL\) .* for UDP 53 from shop\/client on n2 to shop\/server-c on n3: [\d.]+ % of \d+ trials failed after/,
      );
      assert.match(finding.nextCommand ?? '', /--type l7 --protocol udp --to-port 53$/);
      assert.ok((finding.before?.attempts ?? 0) > 50);
    }
  });

  it('that fail now and then are found on the node where many edges show it', () => {
    const fails: Fails = (node, minute, random) => node === 'n2' && minute > DOWN.n2 && random.chance(0.25);
    const [finding] = failures(
      verdictOf(usualSoak({ more: dns(fails, ['client', 'cache', 'server']), minutes: MINUTES })),
    );
    assert.deepEqual(finding?.nodes, ['n2']);
    assert.equal(finding.edges.length, 3);
  });

  it('of HTTP count 5xx and errors of the proxy, not 4xx', () => {
    const http = (bad: number | 'error') =>
      NODES.flatMap((node) =>
        answers({
          from: podOf(node, 'client'),
          to: podOf('n1', 'server'),
          perMinute: 12,
          until: MINUTES,
          answer: (minute, random) =>
            node !== 'n3' || minute < DOWN.n3 || random.chance(0.4)
              ? { http: 200 }
              : bad === 'error'
                ? bad
                : { http: bad },
        }),
      );
    for (const [bad, word] of [
      [503, 'HTTP 503'],
      [500, 'HTTP 5xx'],
      ['error', 'errors of the proxy'],
    ] as const) {
      const [finding] = failures(verdictOf(usualSoak({ more: http(bad) })));
      assert.deepEqual(finding?.nodes, ['n3'], word);
      assert.ok(finding.says.includes(`(${word})`), finding.says);
    }
    assert.equal(verdictOf(usualSoak({ more: http(404) })).verdict, 'pass');
  });

  it('that always failed, or fail while the node settles, are no harm', () => {
    const always = dns((node, _, random) => node === 'n2' && random.chance(0.3));
    assert.equal(verdictOf(usualSoak({ more: always })).verdict, 'pass');
    const settling = dns((node, minute) => node === 'n2' && minute > DOWN.n2 && minute < DOWN.n2 + 2);
    assert.equal(verdictOf(usualSoak({ more: settling })).verdict, 'pass');
  });

  it('that fail on nodes not yet restarted as well are the far side', () => {
    const document = verdictOf(usualSoak({ more: dns((_, minute) => minute > 9) }));
    assert.notEqual(document.verdict, 'fail');
  });

  it('that begin to fail everywhere long after the last restart are watched', () => {
    const document = verdictOf(usualSoak({ more: dns((_, minute) => minute > DOWN.n3 + 8) }));
    assert.equal(document.verdict, 'inconclusive');
    const [finding] = document.findings;
    assert.equal(finding?.severity, 'warn');
    assert.equal(finding.kind, 'answers');
    assert.match(finding.says, /but it began well after any restart/);
  });

  it('that begin to fail late for several callers of one node are blamed on it while others ask the same', () => {
    const restarts = USUAL_RESTARTS.filter(({ node }) => node !== 'n3');
    const fails: Fails = (node, minute) => node === 'n1' && minute > 16;
    const [finding] = failures(verdictOf(usualSoak({ more: dns(fails, ['client', 'cache']), restarts })));
    assert.deepEqual(finding?.nodes, ['n1']);
    assert.equal(finding.kind, 'answers');
    // One caller alone may have broken by itself.
    const [watch, ...more] = verdictOf(usualSoak({ more: dns(fails), restarts })).findings;
    assert.deepEqual(more, []);
    assert.equal(watch?.severity, 'warn');
  });

  it('of a server that breaks at the restart of its own node name that node', () => {
    const more = dns((node, minute) => node === 'n1' && minute > DOWN.n3);
    const [finding] = failures(verdictOf(usualSoak({ more })));
    assert.deepEqual(finding?.nodes, ['n3']);
    assert.deepEqual(finding.peers, ['n1']);
  });

  it('are counted once where the proxies of both ends tell of them', () => {
    const request = { from: podOf('n1', 'client'), to: podOf('n2', 'server'), perMinute: 12, until: MINUTES };
    const answer = (minute: number) => ({ http: minute > DOWN.n2 ? 502 : 200 });
    const more = [...answers({ ...request, answer }), ...answers({ ...request, answer, proxy: 'n2', ingress: true })];
    const found = failures(verdictOf(usualSoak({ more })));
    assert.equal(found.length, 1);
    assert.deepEqual(found[0]?.nodes, ['n2']);
  });

  it('of one caller alone are blamed on a restart only where they fail as soon as the node is back', () => {
    const found = (fails: (minute: number) => boolean) => {
      const more = dns((node, minute) => node === 'n2' && fails(minute));
      const restarts = USUAL_RESTARTS.filter(({ node }) => node !== 'n3');
      const { findings } = verdictOf(usualSoak({ more, minutes: MINUTES, restarts }));
      return findings.filter(({ severity }) => severity !== 'info').map(({ severity }) => severity);
    };
    assert.deepEqual(
      found((minute) => minute > DOWN.n2 + 0.6),
      ['fail'],
    );
    // An application that breaks three minutes later, or did so before, breaks by itself.
    assert.deepEqual(
      found((minute) => minute > DOWN.n2 + 3),
      ['warn'],
    );
    assert.doesNotMatch(found((minute) => minute > DOWN.n2 - 1).join(), /fail/);
    // A first answer that fails as the node comes back is a transient.
    assert.deepEqual(
      found((minute) => (minute > DOWN.n2 && minute < DOWN.n2 + 0.8) || minute > DOWN.n2 + 3),
      ['warn'],
    );
  });
});
