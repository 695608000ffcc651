/** The fixtures of what leaves no drop event: do their flows hold what they say, and no drop that gives it away? */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dropReasonName } from '../../src/hubble/names.js';
import { SIMULATED } from './fixtures.js';
import { SILENT } from './silent.js';
import { drops, flows } from './small.js';

/** What is dropped in every soak of the platform. */
const USUAL = ['POLICY_DENIED', 'UNSUPPORTED_L3_PROTOCOL'];

describe('soaks without a drop event', () => {
  it('are each of its own, and in the manifest', () => {
    assert.equal(new Set(SILENT.map(({ file }) => file)).size, SILENT.length);
    assert.equal(new Set(SILENT.map(({ scenario }) => scenario.seed)).size, SILENT.length);
    for (const fixture of SILENT) assert.ok(SIMULATED.includes(fixture), fixture.file);
  });

  it('show flows of every node, and no drop reason that is not usual', () => {
    for (const { file, scenario } of SILENT) {
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
