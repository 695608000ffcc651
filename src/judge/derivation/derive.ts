import type { Finding, Side } from '../document.js';
import { strongestOf } from '../finding.js';
import type { Basis } from '../found.js';
import type { Group } from '../groups.js';
import type { Judged } from '../judged.js';
import { row, type Derivation, type Row, type Step } from './derivation.js';
import { edgeSteps } from './edge-steps.js';
import { exposureStep } from './exposure.js';
import { nodesStep, scopeStep, seriesStep } from './naming.js';
import {
  ambientSteps,
  asideSteps,
  breachStep,
  hiddenStep,
  lossStep,
  transientSteps,
  unseenStep,
} from './rule-steps.js';
import { policyChangeStep } from './policy-step.js';
import { sourceSteps } from './source-steps.js';

/**
 * Everything that a finding rests on, step by step. `basis` is what it was made from; without it the finding's own numbers are all there is.
 */
export function derive(finding: Finding, basis: Basis | undefined, judged: Judged): Derivation {
  const where = finding.nodes.length === 0 ? '' : ` on ${finding.nodes.join(', ')}`;
  const what = finding.reasonName === null ? finding.class : `${finding.class} ${finding.reasonName}`;
  return {
    finding: finding.id,
    title: `${finding.severity.toUpperCase()} ${what}${where}`,
    says: finding.says,
    steps: [...stepsOf(finding, basis, judged), sidesStep(finding)],
  };
}

function stepsOf(finding: Finding, basis: Basis | undefined, judged: Judged): Step[] {
  if (basis === undefined) return [];
  const nodes = indices(finding.nodes, judged);
  switch (basis.kind) {
    case 'numbers':
      return [
        exposureStep(nodes, judged),
        ...groupSteps(basis.group, finding, basis.view ?? judged),
        ...(basis.change === undefined ? [] : [policyChangeStep(basis.change)]),
        ...(basis.aside === undefined ? [] : asideSteps(basis.aside, judged)),
      ];
    case 'rule':
      return [
        exposureStep(nodes, judged),
        breachStep(basis.breach, judged),
        ...(basis.group === undefined ? [] : groupSteps(basis.group, finding, judged)),
      ];
    case 'transient':
      return [exposureStep(nodes, judged), ...transientSteps(basis.settled, judged)];
    case 'ambient':
      return [exposureStep(nodes, judged), ...ambientSteps(basis.left, judged)];
    case 'policy':
      return [exposureStep(nodes, judged), policyChangeStep(basis.change)];
    case 'loss':
      return [lossStep(basis.node, judged)];
    case 'hidden':
      return [hiddenStep(basis.node, judged)];
    case 'unseen':
      return [unseenStep(basis.node, judged)];
  }
}

function indices(names: readonly string[], { evidence }: Judged): number[] {
  return evidence.observed.nodes.flatMap(({ name }, node) => (names.includes(name) ? [node] : []));
}

function groupSteps(group: Group, finding: Finding, judged: Judged): Step[] {
  const failure = strongestOf(group);
  const own =
    failure === undefined ? [] : 'signal' in failure ? sourceSteps(failure, judged) : edgeSteps(failure, judged);
  const scope = group.edgeEvidence === undefined ? [] : [scopeStep(group, finding, judged)];
  return [seriesStep(group, judged), ...own, nodesStep(group, finding, judged), ...scope];
}

/** The sides as the report tells them: all of the after phase until now. */
function sidesStep(finding: Finding): Step {
  const { before, after, control, kind } = finding;
  return {
    heading: 'What the report shows',
    why: 'All of the time until the end, on the nodes that are named; the controls are nodes that had not restarted yet, at the same time.',
    rows: [
      ...sideRows('before', before, kind),
      ...sideRows('after', after, kind),
      ...sideRows('controls', control, kind),
    ],
  };
}

function sideRows(name: string, side: Side | null, kind: string): Row[] {
  if (side === null) return [row(name, 'none')];
  const { episodes, events, attempts, seconds, rate } = side;
  return [
    row(`${name} ${isOfTrials(kind) ? 'failed trials' : 'episodes'}`, episodes),
    row(`${name} ${isOfTrials(kind) ? 'failed attempts' : 'events'}`, events),
    row(`${name} attempts`, attempts),
    row(`${name} seconds in sight`, seconds, 's'),
    row(`${name} rate`, rate, isOfTrials(kind) ? '' : 'a minute', isOfTrials(kind) ? 'failing share of trials' : ''),
  ];
}

function isOfTrials(kind: string): boolean {
  return kind !== 'drops' && kind !== 'rule';
}
