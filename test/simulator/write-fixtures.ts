/**
 * Writes `recordings/`: every recording that a scenario makes, and the manifest. With `--check` it writes nothing and tells what differs.
 *
 *     node dist/test/simulator/write-fixtures.js [--check] [NAME ...]
 *
 * NAME is a part of a recording's name; without any, all are made.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { compress, init } from '@bokuweb/zstd-wasm';
import { decompress } from 'fzstd';
import { packageRoot } from '../../src/package-root.js';
import { SIMULATED, fileOf, manifest } from './fixtures.js';
import { lines } from './soak.js';
import type { Scenario } from './scenario.js';

const ZSTD_LEVEL = 19;

/** Byte 9 of a gzip header names the system that wrote it; 255 is "unknown". */
const GZIP_SYSTEM = 9;
const UNKNOWN_SYSTEM = 255;

function textOf(scenario: Scenario): Buffer {
  return Buffer.from([...lines(scenario), ''].join('\n'));
}

function pack(file: string, text: Buffer): Uint8Array {
  if (!file.endsWith('.gz')) return compress(text, ZSTD_LEVEL);
  const packed = gzipSync(text, { level: 9 });
  packed[GZIP_SYSTEM] = UNKNOWN_SYSTEM;
  return packed;
}

function unpack(file: string, packed: Buffer): Buffer {
  return file.endsWith('.gz') ? gunzipSync(packed) : Buffer.from(decompress(packed));
}

/** The file, or undefined where there is none. */
function stored(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

async function main(args: readonly string[]): Promise<void> {
  const check = args.includes('--check');
  const names = args.filter((arg) => !arg.startsWith('--'));
  const folder = join(packageRoot(), 'recordings');
  const differing: string[] = [];
  await init();

  for (const fixture of SIMULATED) {
    const file = fileOf(fixture);
    if (names.length > 0 && !names.some((name) => file.includes(name))) continue;
    const text = textOf(fixture.scenario);
    const path = join(folder, file);
    if (check) {
      const there = stored(path);
      if (there === undefined || !unpack(file, there).equals(text)) differing.push(file);
      continue;
    }
    const packed = pack(file, text);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, packed);
    console.log(`${String(Math.round(packed.length / 1000)).padStart(6)} kB  ${file}`);
  }

  const path = join(folder, 'manifest.yaml');
  if (!check) writeFileSync(path, manifest());
  else if (stored(path)?.toString() !== manifest()) differing.push('manifest.yaml');
  for (const file of differing)
    console.error(`recordings/${file} is not what its scenario makes: run npm run fixtures`);
  if (differing.length > 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
