/** `hubble-soak.yaml`: flags that are always the same, under their long names. */
import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { UsageError } from '../../errors.js';
import { nearest } from '../nearest.js';
import { scalarText, YamlFile } from '../yaml-file.js';
import { errorCode, reason } from '../../recording/file-errors.js';

export const CONFIG_NAME = 'hubble-soak.yaml';

export interface ConfigEntry {
  readonly texts: readonly string[];
  readonly line: number;
}

export interface ConfigFile {
  readonly path: string;
  readonly entries: ReadonlyMap<string, ConfigEntry>;
}

/**
 * Reads the file that `--config` names, or `hubble-soak.yaml` of the working directory where there is one. `keys` are the flags that it
 * may set. Throws UsageError that names file and line.
 */
export function readConfig(given: string | undefined, keys: readonly string[]): ConfigFile | undefined {
  const path = given ?? CONFIG_NAME;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (given === undefined && errorCode(error) === 'ENOENT') return undefined;
    throw new UsageError(`${path}: the config file cannot be read (${reason(error)})`, error);
  }
  return { path, entries: parseConfig(text, path, keys) };
}

export function parseConfig(text: string, path: string, keys: readonly string[]): ReadonlyMap<string, ConfigEntry> {
  const file = new YamlFile(path, text);
  const entries = new Map<string, ConfigEntry>();
  // An empty file, or one of comments alone.
  if (file.root === null || (isScalar(file.root) && file.root.value === null)) return entries;
  if (!isMap<Node, Node | null>(file.root))
    throw new UsageError(`${path}:1: want options as "key: value", for instance "window: 10s"`);
  for (const { key, value } of file.root.items) {
    const name = scalarText(key) ?? '';
    // For editors: where the JSON Schema of this file is.
    if (name === '$schema') continue;
    if (!keys.includes(name)) {
      const near = nearest(name, keys);
      throw new UsageError(
        `${file.place(key)}: there is no option '${name}'${near ? `; did you mean '${near}'?` : ''}`,
      );
    }
    const texts = (isSeq(value) ? value.items : [value]).map(scalarText);
    if (!texts.every((item) => item !== undefined))
      throw new UsageError(`${file.place(key)}: ${name}: want a plain value or a list of them`);
    entries.set(name, { texts, line: file.line(key) });
  }
  return entries;
}
