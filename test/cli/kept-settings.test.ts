import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { JUDGING_OPTIONS, settingsFrom } from '../../src/cli/options/judging.js';
import { readSettings, settingsText } from '../../src/cli/options/kept-settings.js';
import { resolve } from '../../src/cli/options/resolve.js';
import { filesOf } from '../../src/soak-dir/files.js';
import { Folder } from './program.js';

const read = (flags: Record<string, unknown>, path?: string) => {
  const kept = path === undefined ? undefined : readSettings(path);
  return resolve(JUDGING_OPTIONS, { flags, env: {}, files: kept === undefined ? [] : [kept] }).values;
};

describe('settings of a soak directory', () => {
  for (const flags of [
    {},
    { knob: 'bpf.masquerade', settle: '90s', soak: '1h30m', tolerance: '0.5%', alpha: '0.001' },
    { 'expect-nodes': ['worker-{1,2}', 'edge-*'], 'ignore-node': 'old-?', late: '10m', window: '5s' },
  ])
    it(`are those of the process before, unless others are given: ${JSON.stringify(flags)}`, (t) => {
      const { path } = new Folder(t);
      const before = read(flags);
      writeFileSync(filesOf(path).settings, settingsText(before));
      assert.deepEqual(settingsFrom(read({}, path)), settingsFrom(before));
      assert.equal(read({ settle: '15s' }, path).settle, 15_000);
    });

  it('are those of the command in a new directory', (t) => {
    assert.deepEqual(read({}, new Folder(t).path), read({}));
  });
});
