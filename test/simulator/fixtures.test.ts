import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { packageRoot } from '../../src/package-root.js';
import { SIMULATED, fileOf, manifest } from './fixtures.js';
import { LAB } from './lab.js';
import { DEMO } from './demo.js';
import { lines } from './soak.js';

const FOLDER = join(packageRoot(), 'recordings');

describe('recordings/', () => {
  it('has the manifest that its fixtures make', () => {
    assert.equal(readFileSync(join(FOLDER, 'manifest.yaml'), 'utf8'), manifest(), 'run npm run fixtures');
  });

  it('holds every fixture and nothing else', () => {
    const found = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.includes('.jsonl'));
    assert.deepEqual(found.sort(), [...SIMULATED, ...LAB].map(fileOf).sort());
  });

  it('has the demo that its scenario makes, small enough to be shipped', () => {
    const path = join(FOLDER, fileOf(DEMO));
    assert.ok(statSync(path).size < 600_000);
    const made = [...lines(DEMO.scenario), ''].join('\n');
    assert.ok(gunzipSync(readFileSync(path)).equals(Buffer.from(made)), 'run npm run fixtures');
  });

  it('stays small enough to be cloned', () => {
    const size = [...SIMULATED, ...LAB].reduce((sum, fixture) => sum + statSync(join(FOLDER, fileOf(fixture))).size, 0);
    assert.ok(size < 16e6, `${size} bytes`);
  });
});
