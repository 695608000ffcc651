/** What a finding of each kind of trial is called, and its first half sentence. */
import type { FindingClass, Reason } from './document.js';
import { SILENT } from './failed-trials.js';
import type { Group } from './groups.js';
import { howFar } from './how-far.js';
import type { Judged } from './judged.js';
import { policyWord } from './policy-words.js';
import { reasonOf } from './pointers.js';
import { BAD_TRIAL } from './says.js';
import { listed } from './text.js';

interface Told {
  readonly className: FindingClass;
  readonly kind: 'attempts' | 'answers' | 'edges' | 'verdicts' | 'retransmissions' | 'talk';
  readonly reason: Reason | null;
  /** What is wrong, before the place; what a bad trial did; what stands in addition behind the numbers. */
  readonly what: string;
  readonly failed: string;
  readonly more: string;
  /** Event type to ask Hubble for. */
  readonly type?: string;
}

export function toldOf(group: Group, judged: Judged): Told {
  const { topic } = judged.edges.plan;
  const failed = BAD_TRIAL[topic];
  const none = { reason: null, failed, more: '' };
  switch (topic) {
    case 'attempts':
    case 'late': {
      if (group.reason === SILENT) {
        const far = howFar(group.series, judged);
        return {
          ...none,
          className: 'silent',
          kind: 'attempts',
          what: 'Attempts that used to work get no answer, and no drop event says why,',
          more: far === undefined ? '' : `; ${far}`,
        };
      }
      const reason = reasonOf(group.reason);
      const by = policyWord(group, judged);
      const dropped = `Attempts that used to work are dropped as ${reason.name}${by === undefined ? '' : ` (${by})`}`;
      return { ...none, className: 'broken', kind: 'attempts', reason, what: dropped };
    }
    case 'oneway': {
      const far = judged.further?.oneway?.howFar(group.series);
      return {
        ...none,
        className: 'silent',
        kind: 'talk',
        what: 'Established traffic that used to be answered gets no reply, and no drop event says why,',
        more: far === undefined ? '' : `; ${far}`,
      };
    }
    case 'answers': {
      const codes = judged.further?.answers?.codes(group.series) ?? [];
      const what = `Proxies get failing answers${codes.length === 0 ? '' : ` (${listed(codes)})`} where they used to get good ones`;
      return { ...none, className: 'broken', kind: 'answers', what, type: 'l7' };
    }
    case 'vanished': {
      const doubtful = judged.edges.objection(group.series, judged.evidence.observed.length) !== undefined;
      const what = `Steady traffic is gone${doubtful ? '' : ' while both of its ends live'}, and no event says why,`;
      return { ...none, className: 'vanished', kind: 'edges', what };
    }
    case 'repeats':
      return {
        ...none,
        className: 'silent',
        kind: 'retransmissions',
        what: 'Attempts come through only when repeated, and no event says why,',
      };
    case 'verdicts': {
      const denials = judged.further?.verdicts?.denials(group.series) ?? [];
      const audited = denials.length > 0 && denials.every((one) => one.audited);
      const requests = denials.length > 0 && denials.every((one) => one.request);
      const by = audited
        ? 'policy audit mode lets it pass'
        : requests
          ? 'a proxy refuses the requests'
          : (policyWord(group, judged) ?? 'no policy allows it');
      return {
        ...none,
        className: 'denied',
        kind: 'verdicts',
        what: `Policy ${audited ? 'would deny' : 'denies'} what it allowed (${by})`,
        failed: audited ? 'were audited' : failed,
        type: requests ? 'l7' : 'policy-verdict',
      };
    }
  }
}
