import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
}

let found: { readonly root: string; readonly version: string } | undefined;

function locate(): { readonly root: string; readonly version: string } {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    try {
      const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest;
      if (manifest.name === 'hubble-soak') return { root: dir, version: manifest.version ?? '0.0.0' };
    } catch {
      // No readable package.json here: look one folder higher.
    }
    if (dirname(dir) === dir) throw new Error('the package.json of hubble-soak is not above its own program files');
  }
}

/** The folder that holds package.json, proto/ and recordings/, wherever the compiled files lie. */
export function packageRoot(): string {
  found ??= locate();
  return found.root;
}

/** The version in package.json. */
export function packageVersion(): string {
  found ??= locate();
  return found.version;
}
