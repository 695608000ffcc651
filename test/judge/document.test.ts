import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { VerdictDocument } from '../../src/judge/document.js';
import { Journal } from '../../src/aggregate/journal.js';
import { packageRoot } from '../../src/package-root.js';
import {
  DOWN,
  outside,
  podOf,
  usualEdges,
  usualSoak,
  verdictOf,
  verdictOn,
  type SoakSpec,
  type Trouble,
} from './soak.js';

const SOAKS: Readonly<Record<string, SoakSpec>> = {
  'nothing happens': usualSoak(),
  'no restart': usualSoak({ restarts: [] }),
  'an edge breaks': usualSoak({
    edges: usualEdges(({ to }, minute) =>
      to === podOf('n2', 'server') && minute > DOWN.n2 ? { reason: 133, at: 'destination' } : undefined,
    ),
  }),
  'silent loss and a hard rule': usualSoak({
    edges: usualEdges(({ from, to }, minute, random) =>
      minute > DOWN.n1 && from.node !== to.node && random.chance(0.4)
        ? random.chance(0.5)
          ? 'silent'
          : { reason: 195, at: 'source' }
        : undefined,
    ),
  }),
  'a transient, losses, a node that goes': usualSoak({
    edges: usualEdges(((_, minute) =>
      minute > DOWN.n1 && minute < DOWN.n1 + 1 ? { reason: 140, at: 'source' } : undefined) satisfies Trouble),
    restarts: [
      { node: 'n1', minute: 8 },
      { node: 'n3', minute: 15, seconds: Number.POSITIVE_INFINITY },
    ],
    lost: [{ node: 'n2', from: 2, to: 5, perMinute: 600 }],
  }),
  'the world knocks': usualSoak({
    edges: [
      ...usualEdges(),
      { from: outside('198.51.100.7'), to: podOf('n1', 'server'), fate: () => ({ reason: 181, at: 'destination' }) },
    ],
  }),
};

// The package says `export default` of a CommonJS module.
const formats = addFormats as unknown as (ajv: Ajv2020) => void;
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats(ajv);
const schema = JSON.parse(readFileSync(join(packageRoot(), 'schema', 'verdict-v1.schema.json'), 'utf8')) as object;
const isValid = ajv.compile(schema);

function check(document: VerdictDocument): void {
  const plain: unknown = JSON.parse(JSON.stringify(document));
  assert.ok(isValid(plain), JSON.stringify(isValid.errors, undefined, 1));
  const names = document.nodes.map((node) => node.name);
  const ids = document.findings.map((finding) => finding.id);
  assert.equal(new Set(ids).size, ids.length, 'ids are unique');
  const severities = document.findings.map((finding) => finding.severity);
  assert.deepEqual([...severities].sort(bySeverity), severities, 'worst findings first');
  assert.equal(document.verdict === 'fail', severities.includes('fail'));
  assert.equal(document.verdict === 'pass', document.missing.length === 0 && !severities.includes('fail'));
  for (const finding of document.findings) {
    assert.equal(finding.reasonName, finding.reason?.name ?? null);
    for (const node of [...finding.nodes, ...finding.peers]) assert.ok(names.includes(node), node);
    assert.ok(!finding.peers.some((peer) => finding.nodes.includes(peer)));
    if (finding.class !== 'visibility') assert.ok(finding.after !== null, finding.id);
    if (finding.severity !== 'info' && finding.kind !== 'sight')
      assert.match(finding.nextCommand ?? '', /^hubble observe/, finding.id);
    if (finding.firstSeen !== null && finding.lastSeen !== null) assert.ok(finding.firstSeen <= finding.lastSeen);
    assert.ok(finding.says.length > 20 && !finding.says.includes('undefined') && !finding.says.includes('NaN'));
  }
  for (const node of document.nodes) {
    const own = document.findings.filter((finding) => finding.nodes.includes(node.name));
    assert.equal(
      node.verdict === 'fail',
      own.some((finding) => finding.severity === 'fail'),
      node.name,
    );
    if (node.restarts.length === 0) assert.notEqual(node.verdict, 'pass');
    node.phases.forEach((phase, i) => {
      assert.ok(phase.from < phase.to);
      if (i > 0) assert.equal(phase.from, node.phases[i - 1]?.to, `phases of ${node.name} join`);
    });
  }
}

const RANK = { fail: 0, warn: 1, info: 2 } as const;
const bySeverity = (a: keyof typeof RANK, b: keyof typeof RANK) => RANK[a] - RANK[b];

describe('the document', () => {
  for (const [name, soak] of Object.entries(SOAKS)) it(`holds together: ${name}`, () => check(verdictOf(soak)));

  it('holds together with nothing in it', () => {
    const document = verdictOn(new Journal(10_000));
    check(document);
    assert.equal(document.verdict, 'inconclusive');
    assert.equal(document.soak.from, null);
  });
});
