import { median } from 'simple-statistics';
import { logEFail, logEPass } from '../../src/stats/attempts.js';
import { logM } from '../../src/stats/counts.js';

interface Kernel {
  readonly name: string;
  /** One evaluation; `i` varies the input, so that nothing is computed once and for all. */
  readonly evaluate: (i: number) => number;
}

const KERNELS: readonly Kernel[] = [
  { name: 'Math.exp', evaluate: (i) => Math.exp(-(i & 255) / 16) },
  { name: 'logM', evaluate: (i) => logM(i & 15, 120, i & 63, 60 + (i & 127), 1.1, 1.5) },
  { name: 'logEFail', evaluate: (i) => logEFail(i & 3, 300, i & 15, 200 + (i & 127), 1.1, 1.2) },
  { name: 'logEPass', evaluate: (i) => logEPass(i & 3, 300, i & 15, 200 + (i & 127), 0.05, 1.2) },
];

const ROUNDS = 5;
const SECONDS_PER_ROUND = 0.2;
const BATCH = 10_000;

/** Evaluations per second of each kernel: the median of some rounds, taken in turns. */
export function measureKernels(): { readonly name: string; readonly perSecond: number }[] {
  const rates = new Map<string, number[]>(KERNELS.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const kernel of KERNELS) {
      const rate = evaluationsPerSecond(kernel);
      // The first round is for the compiler.
      if (round > 0) rates.get(kernel.name)?.push(rate);
    }
  }
  return [...rates].map(([name, all]) => ({ name, perSecond: median(all) }));
}

function evaluationsPerSecond({ name, evaluate }: Kernel): number {
  let sum = 0;
  let evaluations = 0;
  const began = performance.now();
  let seconds = 0;
  do {
    for (let i = 0; i < BATCH; i++) sum += evaluate(i);
    evaluations += BATCH;
    seconds = (performance.now() - began) / 1000;
  } while (seconds < SECONDS_PER_ROUND);
  if (Number.isNaN(sum)) throw new Error(`${name} gave no number`);
  return evaluations / seconds;
}
