import { UNEXPECTED_RESERVE } from '../../../src/judge/constants.js';
import { EdgeLane } from '../../../src/judge/lane-edges.js';
import { methodTimes, SLOT, type Observed } from '../../../src/judge/observed.js';
import { provePass, type PassReport } from '../../../src/judge/pass.js';
import { DEFAULT_SETTINGS } from '../../../src/judge/settings.js';
import { observeFlows } from './flows/measure.js';
import { DEFAULT_FLOW_SOAK, type FlowSoak } from './flows/soak.js';
import { clopperPearson } from './intervals.js';
import { simulate } from './simulate.js';
import { DEFAULT_SOAK, PER_MINUTE, type Soak } from './soak.js';
import type { Table } from './table.js';

/** How many minutes of soak were said to be missing, and how many were. */
export interface Forecast {
  readonly said: number;
  readonly true: number;
}

export type ForecastCase =
  | { readonly name: string; readonly level: 'counts'; readonly soak: Soak }
  | { readonly name: string; readonly level: 'flows'; readonly soak: FlowSoak };

/** Forecasts are asked for this long after settle of the last node. */
const ASKED = 5;
/** They are right within this factor, this often at least. */
const FACTOR = 3;
const OFTEN = 0.8;

export const FORECAST_CASES: readonly ForecastCase[] = [
  { name: 'steady, 30 attempts a minute', level: 'counts', soak: { ...DEFAULT_SOAK, soak: 60 } },
  { name: 'steady, 10 attempts a minute', level: 'counts', soak: { ...DEFAULT_SOAK, attempts: 10, soak: 120 } },
  { name: 'flows, 30 attempts a minute', level: 'flows', soak: { ...DEFAULT_FLOW_SOAK, soak: 60 } },
  { name: 'flows, 10 attempts a minute', level: 'flows', soak: { ...DEFAULT_FLOW_SOAK, attempts: 10, soak: 120 } },
];

export function forecastTable(told: readonly { readonly name: string; readonly forecast: Forecast | undefined }[]): {
  table: Table;
  broken: string[];
} {
  const head = [
    'forecasts',
    'asked',
    'said / true, median',
    'lowest tenth',
    'highest tenth',
    'within factor 3, % (95 % interval)',
  ];
  const broken: string[] = [];
  const rows = [...new Set(told.map(({ name }) => name))].map((name) => {
    const ratios = told
      .flatMap((one) =>
        one.name !== name || one.forecast === undefined ? [] : [one.forecast.said / one.forecast.true],
      )
      .sort((a, b) => a - b);
    const n = ratios.length;
    const near = ratios.filter((ratio) => ratio >= 1 / FACTOR && ratio <= FACTOR).length;
    const { low, high } = n > 0 ? clopperPearson(near, n) : { low: 0, high: 1 };
    if (high < OFTEN)
      broken.push(`forecasts, ${name}: ${near} of ${n} within a factor ${FACTOR}, at least ${OFTEN * 100} % must be.`);
    const at = (share: number) => (ratios[Math.min(n - 1, Math.floor(share * n))] ?? Number.NaN).toFixed(2);
    const percent = (p: number) => (p * 100).toFixed(0);
    return [
      name,
      `${n}`,
      at(0.5),
      at(0.1),
      at(0.9),
      `${n > 0 ? percent(near / n) : '-'} (${percent(low)} to ${percent(high)})`,
    ];
  });
  return { table: [head, ...rows], broken };
}

/** undefined where a PASS is proven already, or never comes. */
export function forecastIn(one: ForecastCase, seed: number, ends: 'one' | 'two'): Forecast | undefined {
  const observed =
    one.level === 'flows'
      ? observeFlows(one.soak, seed)
      : simulate({ ...one.soak, twoEnded: ends === 'two' }, seed).observed;
  const lastAfter = Math.max(...observed.nodes.flatMap(({ segments }) => segments.map(({ after }) => after)));
  const asked = lastAfter + ASKED * PER_MINUTE;
  const report = reportAt(observed, asked);
  if (isProven(report)) return undefined;
  // A proof may come and go; the first one counts. A coarse search, then a fine one.
  let first = firstProven(observed, asked, observed.length, 4 * PER_MINUTE);
  if (first === undefined) return undefined;
  first = firstProven(observed, Math.max(asked, first - 4 * PER_MINUTE), first, PER_MINUTE / 2) ?? first;
  const said = Math.max(
    ...[report.soak, ...report.nodes].map(({ needs }) => (needs === null ? 0 : minutesOf(needs.about))),
  );
  return { said, true: Math.max(0.5, (first - asked) / PER_MINUTE) };
}

function firstProven(observed: Observed, from: number, to: number, step: number): number | undefined {
  for (let length = from + step; length <= to; length += step) if (isProven(reportAt(observed, length))) return length;
  return undefined;
}

const isProven = ({ soak, nodes }: PassReport) => soak.proven && nodes.every(({ proven }) => proven);

function reportAt(observed: Observed, length: number): PassReport {
  const cut = shortened(observed, length);
  const times = methodTimes(DEFAULT_SETTINGS.settleMs, cut.windowMs);
  return provePass(cut, new EdgeLane(cut, times, DEFAULT_SETTINGS.alpha, UNEXPECTED_RESERVE), times, DEFAULT_SETTINGS);
}

/** What was seen until a window. */
function shortened(observed: Observed, length: number): Observed {
  return {
    ...observed,
    length,
    nodes: observed.nodes.map((node) => ({
      ...node,
      segments: node.segments.filter(({ down }) => down < length),
      visible: node.visible.subarray(0, length),
      visibleBefore: node.visibleBefore.subarray(0, length + 1),
    })),
    trials: observed.trials.map((trial) => {
      const end = trial.slots.filter((slot) => (slot + 1) * SLOT <= length).length;
      return {
        ...trial,
        slots: trial.slots.slice(0, end),
        attempts: trial.attempts.slice(0, end),
        failed: trial.failed.slice(0, end),
        reasons: trial.reasons.slice(0, end),
      };
    }),
    drops: [],
    attempts: observed.attempts.subarray(0, length),
  };
}

/** Minutes of an ISO 8601 duration of days and less; Infinity for none. */
function minutesOf(duration: string | null): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(duration ?? '');
  if (match === null) return Number.POSITIVE_INFINITY;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (days ?? 0) * 1440 + (hours ?? 0) * 60 + (minutes ?? 0) + (seconds ?? 0) / 60;
}
