/** The fixtures of what leaves no drop event: do their flows hold what they say, and no drop that gives it away? */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dropReasonName } from '../../src/hubble/names.js';
import type { Fixture } from './fixture.js';
import { SIMULATED } from './fixtures.js';
import { NOT_YET_JUDGED, SILENT } from './silent.js';
import { drops, flows } from './small.js';

/** What is dropped in every soak of the platform. */
const USUAL = ['POLICY_DENIED', 'UNSUPPORTED_L3_PROTOCOL'];

const ALL: readonly Fixture[] = [...SILENT, ...NOT_YET_JUDGED.map(({ fixture }) => fixture)];

describe('soaks without a drop event', () => {
  it('are each of its own, and in the manifest once the judge gets them right', () => {
    assert.equal(new Set(ALL.map(({ file }) => file)).size, ALL.length);
    assert.equal(new Set(ALL.map(({ scenario }) => scenario.seed)).size, ALL.length);
    for (const { fixture, because } of NOT_YET_JUDGED) {
      assert.ok(!SIMULATED.includes(fixture) && because !== '');
    }
  });

  it('show flows of every node, and no drop reason that is not usual', () => {
    for (const { file, scenario } of ALL) {
      const list = flows(scenario);
      assert.ok(list.length > 4_000 && list.length < 40_000, `${file}: ${list.length} flows`);
      assert.deepEqual(new Set(list.map(({ node }) => node)), new Set(scenario.nodes.map(({ name }) => name)), file);
      assert.deepEqual(
        [...new Set(drops(list).map(({ dropReason }) => dropReasonName(dropReason)))].sort(),
        USUAL,
        file,
      );
    }
  });
});
