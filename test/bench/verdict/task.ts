import { hashText } from '../../simulator/random.js';
import type { Family, Level } from './family.js';
import { HARMFUL, HARMLESS } from './families.js';
import { HARMFUL_FLOWS, HARMLESS_FLOWS, type FlowFamily } from './flows/families.js';
import { measureFlows } from './flows/measure.js';
import { FORECAST_CASES, forecastIn, type Forecast } from './forecast.js';
import { measureCounts } from './measure.js';
import type { Outcome } from './outcome.js';

/** One soak to simulate and judge: plain data, for a worker. */
export type Task =
  | ({ readonly kind: 'soak'; readonly level: Level; readonly family: string; readonly soak: number } & Common)
  | ({ readonly kind: 'forecast'; readonly name: string; readonly soak: number } & Common);

interface Common {
  readonly seed: number;
  readonly ends: 'one' | 'two';
}

export type Answer =
  | { readonly kind: 'soak'; readonly outcome: Outcome }
  | { readonly kind: 'forecast'; readonly forecast: Forecast | undefined };

/** The same task gives the same answer, wherever it is run. */
export function runTask(task: Task): Answer {
  switch (task.kind) {
    case 'soak':
      return { kind: 'soak', outcome: runSoak(task) };
    case 'forecast': {
      const one = named(FORECAST_CASES, task.name);
      return {
        kind: 'forecast',
        forecast: forecastIn(one, hashText(`${task.name}/${task.soak}`, task.seed), task.ends),
      };
    }
  }
}

function runSoak(task: Extract<Task, { kind: 'soak' }>): Outcome {
  const seed = seedOf(task);
  switch (task.level) {
    case 'counts':
      return measureCounts(
        { ...named([...HARMLESS, ...HARMFUL], task.family).soak, twoEnded: task.ends === 'two' },
        seed,
      );
    case 'flows': {
      const all: readonly FlowFamily[] = [...HARMLESS_FLOWS, ...HARMFUL_FLOWS];
      const family = named(all, task.family);
      return measureFlows(family.soak, seed, family);
    }
  }
}

function seedOf({ level, family, soak, seed }: Extract<Task, { kind: 'soak' }>): number {
  return hashText(level === 'counts' ? `${family}/${soak}` : `${level}/${family}/${soak}`, seed);
}

function named<T extends Pick<Family, 'name'>>(all: readonly T[], name: string): T {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`there is no ${name}`);
  return found;
}
