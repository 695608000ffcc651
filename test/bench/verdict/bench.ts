import { forecastTable } from './forecast.js';
import { HARMFUL, HARMLESS, type Family } from './families.js';
import { measure, seedOf } from './measure.js';
import { asMarkdown, asText } from './table.js';
import { broken, harmfulTable, harmlessTable, tally, type Tally } from './tally.js';

export interface BenchOptions {
  readonly seed: number;
  readonly soaks: number;
  /** Only the families of --quick. */
  readonly quick: boolean;
  /** Only these; empty: all. */
  readonly families: readonly string[];
  readonly ends: 'one' | 'two';
  readonly markdown: boolean;
  /** Told of each family as it ends. */
  readonly progress?: (done: Tally) => void;
}

export interface BenchReport {
  readonly text: string;
  readonly tallies: readonly Tally[];
  readonly broken: readonly string[];
}

const FORECASTS = 'forecasts';

export const FAMILY_NAMES: readonly string[] = [...[...HARMLESS, ...HARMFUL].map(({ name }) => name), FORECASTS];

/** The same options give the same report. */
export function bench(options: BenchOptions): BenchReport {
  const isAsked = (family: Family) =>
    options.families.length > 0 ? options.families.includes(family.name) : !options.quick || family.quick !== undefined;
  const run = (families: readonly Family[]) => families.filter(isAsked).map((family) => runFamily(family, options));
  const harmless = run(HARMLESS);
  const harmful = run(HARMFUL);
  const print = options.markdown ? asMarkdown : asText;
  const parts = [
    ...(harmless.length > 0 ? [print(harmlessTable(harmless))] : []),
    ...(harmful.length > 0 ? [print(harmfulTable(harmful))] : []),
  ];
  const tallies = [...harmless, ...harmful];
  const said = tallies.flatMap(broken);
  if (options.families.length === 0 || options.families.includes(FORECASTS)) {
    const forecasts = forecastTable(Math.ceil(options.soaks / 4), options.seed, options.ends);
    parts.push(print(forecasts.table));
    said.push(...forecasts.broken);
  }
  return { text: parts.join('\n\n'), tallies, broken: said };
}

function runFamily(family: Family, options: BenchOptions): Tally {
  const asked = { ...family, soak: { ...family.soak, twoEnded: options.ends === 'two' } };
  const soaks = options.quick ? Math.max(1, Math.round(options.soaks * (family.quick ?? 1))) : options.soaks;
  const outcomes = Array.from({ length: soaks }, (_, k) => measure(asked, seedOf(options.seed, family, k)));
  const done = tally(family, outcomes);
  options.progress?.(done);
  return done;
}
