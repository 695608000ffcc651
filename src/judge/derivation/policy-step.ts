import type { ChangedPolicy } from '../found.js';
import { row, type Step } from './derivation.js';

/** Why denials are taken for a change of policy, and not for harm of a restart. */
export function policyChangeStep(changed: readonly ChangedPolicy[]): Step {
  return {
    heading: 'Was a policy changed?',
    why: 'A policy that somebody changes during the soak turns verdicts on nodes that no restart touched as well, or raises the policy revision on most nodes at once.',
    rows: changed.map(({ edge, change }) =>
      change.by === 'controls'
        ? row('edge', edge, '', 'denied on nodes that no restart touched, in the same slots')
        : row(
            'edge',
            edge,
            '',
            `the revision rose on ${change.nodes} of ${change.of} nodes that tell it, as the edge turned`,
          ),
    ),
  };
}
