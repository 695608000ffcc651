/** Looks that can say nothing are not made: what is found must be what a look after every window finds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UNEXPECTED_RESERVE } from '../../src/judge/constants.js';
import { EdgeLane } from '../../src/judge/lane-edges.js';
import { SourceLanes } from '../../src/judge/lane-sources.js';
import { lookAtAll } from '../../src/judge/looks.js';
import { methodTimes, type Observed } from '../../src/judge/observed.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { simulate } from '../bench/verdict/simulate.js';
import { DEFAULT_SOAK, type Harm } from '../bench/verdict/soak.js';

const HARMS: readonly Harm[] = [
  { kind: 'edge', where: 'one', delay: 1, rank: 3, share: 0.7 },
  { kind: 'silent', where: 'all', delay: 0, share: 0.1 },
  { kind: 'known', where: 'all', delay: 1, rate: 1, factor: 5, sources: 3 },
  { kind: 'reason', where: 'one', delay: 1, rate: 3 },
];

function lanesOf(observed: Observed) {
  const { settleMs, alpha, episodeMs } = DEFAULT_SETTINGS;
  const times = methodTimes(settleMs, observed.windowMs);
  return {
    edges: new EdgeLane(observed, times, alpha, UNEXPECTED_RESERVE),
    sources: new SourceLanes(observed, times, alpha, UNEXPECTED_RESERVE, episodeMs),
  };
}

/** The first look at which each series fails, asked after every window. */
function patiently(observed: Observed): string[] {
  const { edges, sources } = lanesOf(observed);
  const found: string[] = [];
  const ask = (name: string, fails: (look: number) => boolean) => {
    for (let look = 0; look < observed.length; look++) {
      if (!fails(look)) continue;
      found.push(`${name} ${look}`);
      return;
    }
  };
  edges.series.forEach((one, i) => ask(`edge ${i}`, (look) => edges.edge(one, look)?.fails === true));
  edges.paths.all.forEach((path, i) => {
    const after = observed.nodes[path.node]?.segments[path.segment]?.after ?? Infinity;
    ask(`path ${i}`, (look) => look >= after && edges.path(path, look)?.fails === true);
  });
  ask('soak', (look) => edges.soak(look)?.fails === true);
  observed.nodes.forEach(({ segments }, node) => {
    segments.forEach(({ after }, k) => {
      const from = (look: number) => look >= after;
      ask(`node ${node} ${k}`, (look) => from(look) && edges.node(node, k, look)?.fails === true);
      observed.signals.forEach((_, s) => {
        ask(`new ${node} ${k} ${s}`, (look) => from(look) && sources.newSources(node, k, s, look)?.fails === true);
        ask(`known ${node} ${k} ${s}`, (look) => from(look) && sources.knownSources(node, k, s, look)?.fails === true);
      });
    });
  });
  observed.signals.forEach((_, s) => {
    ask(`new-soak ${s}`, (look) => sources.newSourcesInSoak(s, look)?.fails === true);
    ask(`known-soak ${s}`, (look) => sources.knownSourcesInSoak(s, look)?.fails === true);
  });
  return found.sort();
}

function quickly(observed: Observed): string[] {
  const { edges, sources } = lanesOf(observed);
  const { failures } = lookAtAll(observed, edges, sources);
  return failures
    .map((failure): string => {
      switch (failure.lane) {
        case 'edge':
          return `edge ${edges.series.indexOf(failure.series)} ${failure.look}`;
        case 'node':
          return `node ${failure.node} ${failure.segment} ${failure.look}`;
        case 'path':
          return `path ${edges.paths.all.indexOf(failure.path)} ${failure.look}`;
        case 'soak':
          return `soak ${failure.look}`;
        case 'new':
        case 'known':
          return `${failure.lane} ${failure.node} ${failure.segment} ${failure.signal} ${failure.look}`;
        case 'new-soak':
        case 'known-soak':
          return `${failure.lane} ${failure.signal} ${failure.look}`;
      }
    })
    .sort();
}

describe('lookAtAll', () => {
  HARMS.forEach((harm, seed) => {
    it(`fails when a look after every window would: ${harm.kind}`, () => {
      const soak = { ...DEFAULT_SOAK, nodes: 3, edgesPerNode: 6, baseline: 20, soak: 20, harm };
      for (const twice of [false, true]) {
        const { observed } = simulate({ ...soak, noise: { ...soak.noise, twice } }, seed + 1);
        const found = quickly(observed);
        assert.deepEqual(found, patiently(observed));
        assert.ok(found.length > 0);
      }
    });
  });
});
