import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';

const FOLDER = join(packageRoot(), 'test', 'report', 'golden');

/** Compares with test/report/golden/NAME; UPDATE_GOLDEN=1 writes it instead. */
export function matchesGolden(name: string, actual: string): void {
  const file = join(FOLDER, name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  assert.ok(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1 and look at it`);
  assert.equal(
    actual,
    readFileSync(file, 'utf8'),
    `${name} differs: run with UPDATE_GOLDEN=1 and look at the difference`,
  );
}
