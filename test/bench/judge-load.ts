import { median } from 'simple-statistics';
import { UNEXPECTED_RESERVE } from '../../src/judge/constants.js';
import { judge } from '../../src/judge/judge.js';
import { EdgeLane } from '../../src/judge/lane-edges.js';
import { SourceLanes } from '../../src/judge/lane-sources.js';
import { lookAtAll } from '../../src/judge/looks.js';
import { methodTimes, shareOf, type Observed } from '../../src/judge/observed.js';
import { provePass } from '../../src/judge/pass.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { countTrials, journalOf, largeSoak } from './large-soak.js';

export interface Load {
  readonly name: string;
  /** Trials charged to nodes: what has to be looked at. */
  readonly trials: number;
  readonly ms: number;
  /** Of a plain loop that sums the shares of the same trials once. */
  readonly loopMs: number;
  readonly outcome: string;
}

const ROUNDS = 5;

/** How long one judgement of a large soak takes: median of some rounds after a first one for the compiler. */
export function* measureJudge(): Generator<Load> {
  for (const isHarmed of [false, true]) {
    const observed = largeSoak(50, 118, isHarmed);
    yield measured(`50 nodes x 200 series x 6 h${isHarmed ? ', one node loses 20 %' : ''}`, observed, () =>
      judgeCounts(observed),
    );
  }
  const observed = largeSoak(50, 30, false);
  const journal = journalOf(observed);
  const rows = journal.windows.reduce((sum, line) => sum + line.attempts.length, 0);
  yield measured(
    `judge(journal): 50 nodes x 50 series x 6 h, ${rows.toLocaleString('en')} rows of attempts`,
    observed,
    () => judge(journal, DEFAULT_SETTINGS, { inputs: [], version: '0', now: undefined }).document.verdict,
  );
}

/** What the judge does with the counts of a journal: lanes, looks and the proof of a PASS. */
function judgeCounts(observed: Observed): string {
  const { settleMs, alpha, episodeMs } = DEFAULT_SETTINGS;
  const times = methodTimes(settleMs, observed.windowMs);
  const edges = new EdgeLane(observed, times, alpha, UNEXPECTED_RESERVE);
  const sources = new SourceLanes(observed, times, alpha, UNEXPECTED_RESERVE, episodeMs);
  const { failures, watches } = lookAtAll(observed, edges, sources);
  const { soak } = provePass(observed, edges, times, DEFAULT_SETTINGS);
  return `${failures.length} failures, ${watches.length} watches, ${soak.proven ? 'harm is excluded' : 'nothing is proved'}`;
}

function measured(name: string, observed: Observed, run: () => string): Load {
  const loops: number[] = [];
  const times: number[] = [];
  let outcome = '';
  for (let round = 0; round <= ROUNDS; round++) {
    const loop = timed(() => sumOnce(observed));
    const all = timed(() => (outcome = run()));
    if (round === 0) continue;
    loops.push(loop);
    times.push(all);
  }
  return { name, trials: countTrials(observed).charged, ms: median(times), loopMs: median(loops), outcome };
}

function sumOnce(observed: Observed): void {
  let sum = 0;
  for (const trial of observed.trials)
    for (let end = 0; end < trial.nodes.length; end++)
      for (let i = 0; i < trial.slots.length; i++) sum += shareOf(trial, i);
  if (!(sum >= 0)) throw new Error('shares do not add up');
}

function timed(run: () => void): number {
  const began = performance.now();
  run();
  return performance.now() - began;
}
