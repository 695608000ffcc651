/** What fails, and what may yet: failures and watches as rows, the nearest to a FAIL first. Pure. */
import type { Finding } from '../../judge/document.js';
import { place } from '../../report/describe.js';
import { plainName, plainSentence } from '../../report/escape.js';
import { columns } from '../../report/layout.js';
import type { Paint } from '../../report/paint.js';
import { listed } from '../../report/wording.js';
import { cut, lineOf, padded } from '../fit.js';
import type { Shorten } from './short-names.js';
import { bar, wholePercent } from './spark.js';

const BAR = 10;
/** From this many columns on the evidence has a bar. */
const BAR_FROM = 100;

export interface FindingRowsOptions {
  readonly shorten: Shorten;
  readonly paint: Paint;
  readonly width: number;
  /** Rows that there is room for. */
  readonly most: number;
}

export function findingRows(findings: readonly Finding[], options: FindingRowsOptions): string[] {
  const { paint, width, most } = options;
  const serious = findings.filter(({ severity }) => severity !== 'info').sort(byWeight);
  if (serious.length === 0 || most < 1) return [];
  const shown = serious.slice(0, serious.length <= most ? most : Math.max(most - 1, 1));
  const rows = shown.map((finding) => row(finding, options));
  const left = serious.length - shown.length;
  return left === 0 || most === 1
    ? rows
    : [...rows, lineOf([{ text: `and ${left} more`, style: 'dim' }], width, paint)];
}

function row(finding: Finding, { shorten, paint, width }: FindingRowsOptions): string {
  const { severity, class: className } = finding;
  const isFail = severity === 'fail';
  const head = `${isFail ? 'FAIL ' : 'WATCH'}  ${className.padEnd(10)}  `;
  const share = isFail ? undefined : evidenceShare(finding);
  const meter =
    share === undefined ? '' : `${width >= BAR_FROM ? `${bar(share, BAR)} ` : ''}${wholePercent(share)} of a FAIL`;
  const what = subject(finding, shorten);
  const room = Math.max(width - columns(head) - (meter === '' ? 0 : columns(meter) + 2), 0);
  return lineOf(
    [
      { text: head, style: isFail ? 'red' : 'yellow' },
      { text: `${meter === '' ? what : padded(cut(what, room), room)}  ` },
      { text: meter, style: 'dim' },
    ],
    width,
    paint,
  );
}

/** `CT_MAP_INSERTION_FAILED on worker-1: TCP from worker-1 to pods on worker-2`. */
function subject(finding: Finding, shorten: Shorten): string {
  const { reasonName, kind, nodes } = finding;
  const on = listed(
    nodes.map((name) => plainName(shorten(name))),
    2,
  );
  const where = plainSentence(shorten(place(finding)));
  return `${plainName(reasonName ?? kind)} on ${on}${where === '' || where === on ? '' : `: ${where}`}`;
}

/** How near the evidence is to its limit, 0...1; undefined where no evidence is measured. */
function evidenceShare({ evidence }: Finding): number | undefined {
  if (evidence === null || evidence.logE === null || evidence.limit === null || !(evidence.limit > 0)) return undefined;
  return Math.min(Math.max(evidence.logE / evidence.limit, 0), 1);
}

function byWeight(a: Finding, b: Finding): number {
  const weight = (finding: Finding): number => (finding.severity === 'fail' ? 2 : (evidenceShare(finding) ?? 0));
  return weight(b) - weight(a);
}
