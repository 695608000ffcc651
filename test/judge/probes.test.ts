import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EdgeSeries } from '../../src/judge/edge-series.js';
import { FailedSums } from '../../src/judge/slot-sums.js';
import { pathOf } from '../../src/judge/path-edge.js';
import { probesSentence } from '../../src/judge/probes.js';

/** A series of 20 trials before a restart and 20 after it, of which `failed` fail. */
function series(from: number, to: number, edge: readonly [string, string, string, number], failed: number): EdgeSeries {
  const [src, dst, protocol, port] = edge;
  const slots = Int32Array.from({ length: 20 }, (_, i) => 30 + i);
  const counts = Array.from({ length: failed }, (_, i) => i + 1);
  const sums = new FailedSums(counts, counts);
  const none = new Float64Array(0);
  return {
    trial: {
      edge: { src, dst, protocol, port },
      workloadEdge: `${src}\t${dst}\t${protocol}\t${port}`,
      destination: `${dst}\t${protocol}\t${port}`,
      srcNode: from,
      dstNode: to,
      nodes: [from, to],
      slots,
      attempts: none,
      failed: none,
      reasons: none,
    },
    node: from,
    segment: 0,
    knownGood: port !== 4250,
    before: { failed: 0, trials: 20 },
    beforeAttempts: { attempts: 20, failed: 0 },
    from: 30,
    until: 50,
    handedOver: false,
    held: 40,
    strong: 45,
    slots,
    failed: sums,
    passSlots: slots,
    passFailed: sums,
    ambient: 0,
  };
}

const pods = (from: number, to: number) => series(from, to, ['shop/client', 'shop/server', 'TCP', 80], 20);
const health = (from: number, to: number, failed: number) => series(from, to, ['host', 'health', 'TCP', 4240], failed);
const echo = (from: number, to: number, failed: number) => series(from, to, ['host', 'health', 'ICMPv4', 0], failed);
const auth = (from: number, to: number, failed: number) => series(from, to, ['host', 'host', 'TCP', 4250], failed);

function sentence(failing: readonly EdgeSeries[], probes: readonly EdgeSeries[], isSilent = true): string | undefined {
  return probesSentence(failing.map(pathOf), [...failing, ...probes], isSilent);
}

describe('probes over the paths of a failure', () => {
  it('that are fine say where to look', () => {
    const fine = [health(0, 1, 0), echo(0, 1, 0)];
    assert.equal(
      sentence([pods(0, 1)], fine),
      "Health probes over the same paths are fine, so the nodes reach each other: look at policy, encryption or the pods' path.",
    );
    assert.equal(sentence([pods(0, 1)], fine, false), 'Health probes over the same paths are fine.');
  });

  it('that fail say so, on how many paths', () => {
    assert.equal(sentence([pods(0, 1)], [health(0, 1, 20)]), 'Health probes over the same paths fail too.');
    assert.equal(
      sentence([pods(0, 1), pods(0, 2)], [health(0, 1, 20), health(0, 2, 0)]),
      'Health probes over the same paths fail on 1 of 2 paths.',
    );
  });

  it('of another way or another pair say nothing', () => {
    assert.equal(sentence([pods(0, 1)], [health(1, 0, 0), health(0, 2, 20)]), undefined);
  });

  it('say nothing of themselves, nor of what stays on a node', () => {
    assert.equal(sentence([health(0, 1, 20)], [echo(0, 1, 0)]), undefined);
    assert.equal(sentence([pods(0, 0)], [health(0, 1, 0)]), undefined);
  });

  it('tell of an authentication port that never answers', () => {
    assert.equal(
      sentence([pods(0, 1)], [health(0, 1, 0), auth(1, 0, 20)], false),
      'Health probes over the same paths are fine, but TCP 4250 (mutual authentication) gets no answer.',
    );
    assert.equal(
      sentence([pods(0, 1)], [auth(0, 1, 20)], false),
      'TCP 4250 (mutual authentication) gets no answer between these nodes.',
    );
    assert.doesNotMatch(sentence([pods(0, 1)], [health(0, 1, 0), auth(0, 1, 0)]) ?? '', /4250/);
  });
});
