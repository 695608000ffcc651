/** Who denied the packets of a finding, by the verdict events of its edges. */
import { AUTH_REQUIRED, POLICY_REASONS } from './constants.js';
import { edgePlacesOf } from './edge-places.js';
import type { Group } from './groups.js';
import type { Judged } from './judged.js';
import { listed } from './text.js';

/**
 * `denied by shop/deny-all`, or `no policy allows it`; undefined where the reason is none of a policy's or no verdict event of the group's
 * edges since the restart tells.
 */
export function policyWord(group: Group, { rows, edges }: Judged): string | undefined {
  const isOfPolicy = POLICY_REASONS.has(group.reason) || edges.plan.topic === 'verdicts';
  if (!isOfPolicy || rows === undefined) return undefined;
  const { layout, windows } = rows;
  const places = edgePlacesOf(layout.places);
  const failing = new Set(group.series.map(({ trial }) => trial.workloadEdge));
  const involved = new Set([...group.nodes, ...group.peers]);
  const policies = new Set<string>();
  let denied = false;
  for (const line of windows) {
    const observer = layout.index.get(line.node) ?? 0;
    const back = layout.nodes[observer]?.segments[0]?.back ?? Number.POSITIVE_INFINITY;
    if (!involved.has(observer) || line.window - layout.start < back) continue;
    for (const { edge, direction, outcome, reason, policies: names } of line.verdicts) {
      if (outcome !== 'denied' || reason === AUTH_REQUIRED) continue;
      if (!failing.has(places.findBy(edge, direction, observer, line.window).workloadEdge)) continue;
      denied = true;
      for (const name of names) policies.add(name);
    }
  }
  if (!denied) return undefined;
  return policies.size === 0 ? 'no policy allows it' : `denied by ${listed([...policies].sort())}`;
}
