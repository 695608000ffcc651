import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DOWN, eventsOf, failures, journalOf, podOf, usualEdges, usualSoak, verdictOn, type Trouble } from './soak.js';
import type { SoakEvent } from '../../src/hubble/event.js';

/** n1's client gets no answer from n2's server since the restart of n2. */
const silent: Trouble = ({ from, to }, minute) =>
  from === podOf('n1', 'client') && to === podOf('n2', 'server') && minute > DOWN.n2 ? 'silent' : undefined;

function saysOf(events: readonly SoakEvent[]): string {
  const [finding] = failures(verdictOn(journalOf(events)));
  assert.equal(finding?.class, 'silent');
  return finding.says;
}

describe('how far silent attempts got', () => {
  const events = eventsOf(usualSoak({ edges: usualEdges(silent) }));

  it('is "never seen" where the destination tells nothing of them', () => {
    assert.match(saysOf(events), /; \d+ attempts that could be followed were forwarded and never seen on n2\. /);
  });

  it('is "arrived" where it shows them', () => {
    const arrived = events.flatMap((event): SoakEvent[] => {
      if (event.kind !== 'flow' || event.node !== 'n1' || event.time < 0) return [event];
      const isSilent =
        event.source.pod === podOf('n1', 'client').pod &&
        event.destination.pod === podOf('n2', 'server').pod &&
        event.isReply === false &&
        !events.some((other) => other.kind === 'flow' && isAnswerTo(other, event));
      if (!isSilent) return [event];
      const there = {
        ...event,
        node: 'n2',
        time: event.time + 1,
        uuid: `${event.uuid}-there`,
        source: { ...event.source, id: 0, workload: '' },
        destination: { ...event.destination, id: 7, workload: podOf('n2', 'server').name },
      };
      return [event, there];
    });
    assert.match(saysOf(arrived), /; \d+ attempts that could be followed arrived on n2 and were not answered\. /);
  });
});

function isAnswerTo(other: Extract<SoakEvent, { kind: 'flow' }>, event: Extract<SoakEvent, { kind: 'flow' }>): boolean {
  return (
    other.isReply === true &&
    other.destinationPort === event.sourcePort &&
    other.sourceIp === event.destinationIp &&
    other.destinationIp === event.sourceIp
  );
}
