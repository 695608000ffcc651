/** The formulas inside of one small simulated soak: what its counters must lead to in the last window. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/package-root.js';
import { logEFail, logEPass, upperAddedShare } from '../../src/stats/attempts.js';
import { logM } from '../../src/stats/counts.js';
import { opensUnit } from '../../src/stats/dead-time.js';
import { phiOfUnits, PRIOR_PHI, PRIOR_PHI_NOISY } from '../../src/stats/dispersion.js';
import { singletonUnits } from '../../src/stats/good-turing.js';

interface Share {
  readonly fb: number;
  readonly nb: number;
  readonly fa: number;
  readonly na: number;
  readonly upperAdded95: number;
}
interface Scenario {
  readonly nodes: number;
  readonly restart: readonly number[];
  /** node, signal, source, window, count */
  readonly events: readonly (readonly [number, number, number, number, number])[];
  readonly knownSources: readonly {
    readonly node: number;
    readonly signal: number;
    readonly Nb: number;
    readonly donor: number;
    readonly Eb: number;
    readonly Na: number;
    readonly Ea: number;
    readonly trend: number;
    readonly phi: number;
    readonly logM: number;
  }[];
  readonly newSources: readonly {
    readonly signal: number;
    readonly singletonUnits: number;
    readonly baselineExposure: number;
    readonly Na: number;
    readonly Ea: number;
    readonly logM: number;
  }[];
  readonly edges: readonly {
    readonly knownGood: boolean;
    readonly fb: number;
    readonly nb: number;
    readonly fa: number;
    readonly na: number;
    readonly phi: number;
    readonly logE: number;
  }[];
  readonly nodeShares: readonly (Share & { readonly logPass5pct: number })[];
  readonly soakShare: Share & { readonly logPass1pct: number };
}

const scenario = JSON.parse(
  readFileSync(join(packageRoot(), 'test', 'vectors', 'stats-scenario.json'), 'utf8'),
) as Scenario;

const NOISY_SIGNALS = 2;
const WINDOWS_PER_BLOCK = 30;
const firstRestart = Math.min(...scenario.restart);

function near(actual: number, expected: number, tolerance = 1e-9): void {
  const error = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  assert.ok(error <= tolerance, `${actual} instead of ${expected}`);
}

/** Windows of the common baseline in which a signal was seen, by whatever `key` makes of node and source. */
function baselineWindows(signal: number, key: (node: number, source: number) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [node, itsSignal, source, window] of scenario.events) {
    if (itsSignal !== signal || window >= firstRestart) continue;
    const windows = groups.get(key(node, source)) ?? [];
    windows.push(window);
    groups.set(key(node, source), windows);
  }
  for (const windows of groups.values()) windows.sort((a, b) => a - b);
  return groups;
}

describe('the soak of the scenario', () => {
  it('gives every known-source series its e-value', () => {
    for (const series of scenario.knownSources) {
      const rho = (series.signal < NOISY_SIGNALS ? 1.5 : 1.1) * series.trend;
      near(logM(series.Nb + series.donor, series.Eb, series.Na, series.Ea, rho, series.phi), series.logM);
    }
  });

  it('gives every new-source series its e-value', () => {
    for (const series of scenario.newSources) {
      near(logM(series.singletonUnits, series.baselineExposure, series.Na, series.Ea, 2, 1.25), series.logM);
    }
  });

  it('gives every edge its e-value', () => {
    for (const edge of scenario.edges.filter(({ knownGood }) => knownGood)) {
      near(logEFail(edge.fb, edge.nb - edge.fb, edge.fa, edge.na - edge.fa, 1.1, edge.phi), edge.logE);
    }
  });

  it('gives nodes and soak their evidence of a pass and their upper bound', () => {
    for (const { fb, nb, fa, na, logPass5pct, upperAdded95 } of scenario.nodeShares) {
      near(logEPass(fb, nb - fb, fa, na - fa, 0.05, 1), logPass5pct);
      near(upperAddedShare(fb, nb - fb, fa, na - fa, 0.05), upperAdded95, 1e-7);
    }
    const { fb, nb, fa, na, logPass1pct, upperAdded95 } = scenario.soakShare;
    near(logEPass(fb, nb - fb, fa, na - fa, 0.01, 1), logPass1pct);
    near(upperAddedShare(fb, nb - fb, fa, na - fa, 0.05), upperAdded95, 1e-7);
  });

  it('finds the dispersion of each signal in the common baseline', () => {
    for (const { signal, phi } of scenario.knownSources) {
      const noisy = signal < NOISY_SIGNALS;
      const blocks = Math.floor(firstRestart / WINDOWS_PER_BLOCK);
      const units = Array.from({ length: scenario.nodes }, () => Array.from({ length: blocks }, () => 0));
      for (const [key, windows] of baselineWindows(signal, (node, source) => `${node}/${source}`)) {
        const ofNode = units[Number.parseInt(key, 10)] ?? [];
        const opens = opensUnit(windows, noisy ? 6 : 3);
        windows.forEach((window, i) => {
          const block = Math.floor(window / WINDOWS_PER_BLOCK);
          if (opens[i] === true && block < blocks) ofNode[block] = (ofNode[block] ?? 0) + 1;
        });
      }
      near(phiOfUnits(units, noisy ? PRIOR_PHI_NOISY : PRIOR_PHI).phi, phi);
    }
  });

  it('finds the rate at which new sources appear anyway', () => {
    for (const series of scenario.newSources) {
      const sources = baselineWindows(series.signal, (_, source) => String(source));
      assert.equal(singletonUnits(sources.values(), 18, 30), series.singletonUnits, `signal ${series.signal}`);
    }
  });
});
