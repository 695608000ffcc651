import type { Family, Level } from './family.js';
import { clopperPearson, medianWithLow } from './intervals.js';
import type { Outcome } from './outcome.js';
import type { Table } from './table.js';

/** What came of all soaks of one family. */
export interface Tally {
  readonly level: Level;
  readonly family: Family;
  readonly soaks: number;
  readonly fail: number;
  readonly pass: number;
  /** Harm found, by a FAIL after its onset; with the right nodes; with the right class and reason; with the right scope; with all but the scope right. */
  readonly found: number;
  readonly rightNodes: number;
  readonly rightClass: number;
  readonly rightScope: number;
  readonly right: number;
  readonly minutes: readonly number[];
  readonly mannWhitney: number;
  readonly twice: number;
}

/** What the three judges said. */
type Verdicts = Pick<Tally, 'soaks' | 'fail' | 'pass' | 'mannWhitney' | 'twice'>;

export function tally(level: Level, family: Family, outcomes: readonly Outcome[]): Tally {
  const count = (holds: (outcome: Outcome) => boolean) => outcomes.filter(holds).length;
  const minutes = outcomes.flatMap((one) => (one.minutes === undefined ? [] : [one.minutes]));
  return {
    level,
    family,
    soaks: outcomes.length,
    fail: count(({ verdict }) => verdict === 'fail'),
    pass: count(({ verdict }) => verdict === 'pass'),
    found: minutes.length,
    rightNodes: count(({ rightNodes }) => rightNodes),
    rightClass: count(({ rightClass }) => rightClass),
    rightScope: count(({ rightScope }) => rightScope),
    right: count(({ rightNodes, rightClass }) => rightNodes && rightClass),
    minutes,
    mannWhitney: count(({ mannWhitney }) => mannWhitney),
    twice: count(({ twice }) => twice),
  };
}

/** Sentences on what issue 4 asks and this does not give, beyond the 95 % interval of the measurement. */
export function broken({ level, family, soaks, fail, pass, right, rightScope, minutes }: Tally): string[] {
  const { bounds } = family;
  const name = `${level}, ${family.name}`;
  const said: string[] = [];
  const failShare = clopperPearson(fail, soaks);
  if (bounds.falseFail === 'none' && fail > 0)
    said.push(`${name}: ${fail} of ${soaks} harmless soaks failed, none may.`);
  if (typeof bounds.falseFail === 'number' && failShare.low > bounds.falseFail)
    said.push(
      `${name}: ${fail} of ${soaks} harmless soaks failed (at least ${percent(failShare.low)} %), at most ${percent(bounds.falseFail)} % may.`,
    );
  if (bounds.pass !== undefined && clopperPearson(pass, soaks).high < bounds.pass)
    said.push(`${name}: ${pass} of ${soaks} passed, at least ${percent(bounds.pass)} % must.`);
  if (bounds.neverPass === true && pass > 0) said.push(`${name}: ${pass} of ${soaks} passed, none may.`);
  if (bounds.detected !== undefined && clopperPearson(right, soaks).high < bounds.detected)
    said.push(
      `${name}: ${right} of ${soaks} found with node, class and reason, at least ${percent(bounds.detected)} % must be.`,
    );
  if (bounds.scope !== undefined && clopperPearson(rightScope, soaks).high < bounds.scope)
    said.push(
      `${name}: ${rightScope} of ${soaks} found with the right scope, at least ${percent(bounds.scope)} % must be.`,
    );
  if (bounds.minutes !== undefined) {
    const { median, low } = medianWithLow(minutes);
    if (low > bounds.minutes)
      said.push(`${name}: median ${median.toFixed(1)} min to FAIL, at most ${bounds.minutes} min may be.`);
  }
  return said;
}

export function harmlessTable(level: Level, tallies: readonly Tally[]): Table {
  const head = [
    `harmless soaks of ${level}`,
    'soaks',
    'FAIL % (95 % interval)',
    'PASS %',
    'INCONCL. %',
    'MW 98 % %',
    'twice %',
    ...(level === 'counts' ? ['study FAIL / PASS %'] : []),
  ];
  const row = (says: string, one: Verdicts, study: string) => [
    says,
    `${one.soaks}`,
    withInterval(one.fail, one.soaks),
    share(one.pass, one.soaks),
    share(one.soaks - one.fail - one.pass, one.soaks),
    share(one.mannWhitney, one.soaks),
    share(one.twice, one.soaks),
    ...(level === 'counts' ? [study] : []),
  ];
  const rows = tallies.map((one) => row(`${one.family.name}: ${one.family.says}`, one, one.family.study ?? '-'));
  return tallies.length < 2 ? [head, ...rows] : [head, ...rows, row('all of them together', together(tallies), '-')];
}

function together(tallies: readonly Tally[]): Verdicts {
  const sum = (of: (one: Verdicts) => number) => tallies.reduce((total, one) => total + of(one), 0);
  return {
    soaks: sum((one) => one.soaks),
    fail: sum((one) => one.fail),
    pass: sum((one) => one.pass),
    mannWhitney: sum((one) => one.mannWhitney),
    twice: sum((one) => one.twice),
  };
}

export function harmfulTable(level: Level, tallies: readonly Tally[]): Table {
  const head = [
    `what breaks in soaks of ${level}`,
    'soaks',
    'found % (95 % interval)',
    'node %',
    'class %',
    ...(level === 'flows' ? ['scope %'] : []),
    'median min',
    'PASS %',
    'MW 98 % %',
    'twice %',
    ...(level === 'counts' ? ['study %, min'] : []),
  ];
  return [
    head,
    ...tallies.map((one) => {
      const { family, soaks, found } = one;
      return [
        `${family.name}: ${family.says}`,
        `${soaks}`,
        withInterval(found, soaks),
        share(one.rightNodes, soaks),
        share(one.rightClass, soaks),
        ...(level === 'flows'
          ? [family.scopes === undefined && family.tells === undefined ? '-' : share(one.rightScope, soaks)]
          : []),
        found * 2 > soaks ? medianOfAll(one).toFixed(1) : '-',
        share(one.pass, soaks),
        share(one.mannWhitney, soaks),
        share(one.twice, soaks),
        ...(level === 'counts' ? [family.study ?? '-'] : []),
      ];
    }),
  ];
}

/** Soaks in which nothing was found count as later than all others. */
function medianOfAll({ minutes, soaks }: Tally): number {
  const missing = new Array<number>(soaks - minutes.length).fill(Number.POSITIVE_INFINITY);
  return medianWithLow([...minutes, ...missing]).median;
}

function withInterval(hits: number, n: number): string {
  const { low, high } = clopperPearson(hits, n);
  return `${share(hits, n)} (${percent(low)} to ${percent(high)})`;
}

const share = (hits: number, n: number) => percent(n === 0 ? 0 : hits / n);
const percent = (p: number) => (p * 100).toFixed(1).replace(/\.0$/, '');
