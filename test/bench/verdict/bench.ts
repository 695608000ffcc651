import type { Family, Level } from './family.js';
import { HARMFUL, HARMLESS } from './families.js';
import { HARMFUL_FLOWS, HARMLESS_FLOWS } from './flows/families.js';
import { FORECAST_CASES, forecastTable, type Forecast } from './forecast.js';
import type { Outcome } from './outcome.js';
import { runAll } from './pool.js';
import { asMarkdown, asText } from './table.js';
import type { Answer, Task } from './task.js';
import { broken, harmfulTable, harmlessTable, tally, type Tally } from './tally.js';

export interface BenchOptions {
  readonly seed: number;
  /** Soaks of a family of counts; those of flows get a part of it. */
  readonly soaks: number;
  /** Only the families of --quick, and less of them. */
  readonly quick: boolean;
  readonly levels: readonly Level[];
  /** Only these; empty: all. */
  readonly families: readonly string[];
  /** Of the edges of counts. */
  readonly ends: 'one' | 'two';
  readonly markdown: boolean;
  /** Soaks at a time. */
  readonly jobs: number;
  /** Told of each family as it ends. */
  readonly progress?: (done: Tally) => void;
}

export interface BenchReport {
  readonly text: string;
  readonly tallies: readonly Tally[];
  readonly broken: readonly string[];
}

const FORECASTS = 'forecasts';

interface Part {
  readonly level: Level;
  readonly family: Family;
  readonly isHarmful: boolean;
  readonly soaks: number;
}

export const FAMILY_NAMES: readonly string[] = [
  ...new Set([...HARMLESS, ...HARMFUL, ...HARMLESS_FLOWS, ...HARMFUL_FLOWS].map(({ name }) => name)),
  FORECASTS,
];

/** The same options give the same report, but for `jobs`, which change nothing. */
export async function bench(options: BenchOptions): Promise<BenchReport> {
  const parts = partsOf(options);
  const forecasts = forecastTasks(options);
  const soaks = parts.flatMap((part) => soakTasks(part, options));
  const outcomes = new Map(parts.map((part) => [part, [] as Outcome[]]));
  const answers = await runAll([...soaks.map(({ task }) => task), ...forecasts], options.jobs, (index, answer) => {
    const part = soaks[index]?.part;
    if (part === undefined || answer.kind !== 'soak') return;
    const own = outcomes.get(part) ?? [];
    own.push(answer.outcome);
    if (own.length === part.soaks) options.progress?.(tally(part.level, part.family, own));
  });
  const tallied = parts.map((part) => {
    const own = answers.filter((_, index) => soaks[index]?.part === part);
    return { ...part, tally: tally(part.level, part.family, own.flatMap(outcomeOf)) };
  });
  const print = options.markdown ? asMarkdown : asText;
  const texts: string[] = [];
  for (const level of options.levels)
    for (const isHarmful of [false, true]) {
      const own = tallied.filter((one) => one.level === level && one.isHarmful === isHarmful).map((one) => one.tally);
      if (own.length > 0) texts.push(print((isHarmful ? harmfulTable : harmlessTable)(level, own)));
    }
  const tallies = tallied.map((one) => one.tally);
  const said = tallies.flatMap(broken);
  if (forecasts.length > 0) {
    const told = forecastTable(
      forecasts.map((task, k) => ({ name: task.name, forecast: forecastOf(answers[soaks.length + k]) })),
    );
    texts.push(print(told.table));
    said.push(...told.broken);
  }
  return { text: texts.join('\n\n'), tallies, broken: said };
}

function partsOf(options: BenchOptions): Part[] {
  const lists = [
    { level: 'counts', isHarmful: false, families: HARMLESS },
    { level: 'counts', isHarmful: true, families: HARMFUL },
    { level: 'flows', isHarmful: false, families: HARMLESS_FLOWS },
    { level: 'flows', isHarmful: true, families: HARMFUL_FLOWS },
  ] as const;
  return lists
    .filter(({ level }) => options.levels.includes(level))
    .flatMap(({ families, ...list }) =>
      families
        .filter(({ name, quick }) =>
          options.families.length > 0 ? options.families.includes(name) : !options.quick || quick !== undefined,
        )
        .map((family) => ({ ...list, family, soaks: soaksOf(family, options) })),
    );
}

function soaksOf(family: Family, { soaks, quick }: BenchOptions): number {
  return Math.max(1, Math.round(soaks * (quick ? (family.quick ?? 1) : (family.full ?? 1))));
}

function soakTasks(part: Part, { seed, ends }: BenchOptions): { part: Part; task: Task }[] {
  const { level, family, soaks } = part;
  return Array.from({ length: soaks }, (_, soak) => ({
    part,
    task: { kind: 'soak', level, family: family.name, soak, seed, ends },
  }));
}

function forecastTasks({
  families,
  levels,
  soaks,
  quick,
  seed,
  ends,
}: BenchOptions): Extract<Task, { kind: 'forecast' }>[] {
  if (families.length > 0 && !families.includes(FORECASTS)) return [];
  return FORECAST_CASES.filter(({ level }) => levels.includes(level)).flatMap(({ name, level }) => {
    const share = level === 'flows' ? (quick ? 1 / 20 : 1 / 10) : 1 / 4;
    return Array.from(
      { length: Math.ceil(soaks * share) },
      (_, soak) => ({ kind: 'forecast', name, soak, seed, ends }) as const,
    );
  });
}

function outcomeOf(answer: Answer): Outcome[] {
  return answer.kind === 'soak' ? [answer.outcome] : [];
}

function forecastOf(answer: Answer | undefined): Forecast | undefined {
  return answer?.kind === 'forecast' ? answer.forecast : undefined;
}
