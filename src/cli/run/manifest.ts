/** `manifest.yaml`: recorded soaks and what each of them should come out as. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { UsageError } from '../../errors.js';
import { parseTime } from '../../hubble/time.js';
import type { Verdict } from '../../judge/document.js';
import { reason } from '../../recording/file-errors.js';
import { parseDuration } from '../options/durations.js';
import { YamlFile } from '../yaml-file.js';

export interface Fixture {
  /** `recording` as it stands in the manifest: one file, or the files of one soak. */
  readonly recording: string | readonly string[];
  /** Files to read, relative to the manifest's folder made whole. */
  readonly paths: readonly string[];
  readonly args: readonly string[];
  readonly verdict: Verdict;
  /** undefined: no finding of severity fail is expected. */
  readonly findings: readonly ExpectedFinding[];
  /** All restarts of all nodes; undefined when they do not matter. */
  readonly restarts: readonly ExpectedRestart[] | undefined;
  /** `FILE:LINE`. */
  readonly place: string;
}

/** Only the keys that are given are compared. */
export interface ExpectedFinding {
  readonly class?: string;
  readonly kind?: string;
  readonly severity?: string;
  readonly nodes?: readonly string[];
  readonly peers?: readonly string[];
  readonly direction?: string | null;
  readonly reasonName?: string | null;
  readonly scope?: string;
  readonly where?: string;
}

export interface ExpectedRestart {
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly withinMs: number;
}

const FIXTURE_KEYS = ['recording', 'args', 'verdict', 'findings', 'restarts', 'about'] as const;
const FINDING_KEYS = [
  'class',
  'kind',
  'severity',
  'nodes',
  'peers',
  'direction',
  'reasonName',
  'scope',
  'where',
] as const;
const RESTART_KEYS = ['node', 'at', 'within'] as const;
const VERDICTS: readonly Verdict[] = ['pass', 'fail', 'inconclusive'];
const DEFAULT_WITHIN_MS = 15_000;

export function isManifest(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

/** Throws UsageError that names file and line. */
export function readManifest(path: string): readonly Fixture[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: the manifest cannot be read (${reason(error)})`, error);
  }
  return new ManifestReader(path, text).fixtures();
}

class ManifestReader {
  readonly #file: YamlFile;

  constructor(path: string, text: string) {
    this.#file = new YamlFile(path, text);
  }

  fixtures(): readonly Fixture[] {
    const { root, path } = this.#file;
    const list = isMap<Node, Node>(root) ? this.#file.entries(root, ['fixtures', 'about']).get('fixtures') : undefined;
    if (list === undefined || !isSeq<Node>(list) || list.items.length === 0)
      throw new UsageError(`${path}:1: a manifest has a list under "fixtures:", one entry for each soak`);
    return list.items.map((node) => this.#fixture(node));
  }

  #fixture(node: Node): Fixture {
    const place = this.#file.place(node);
    const entries = this.#file.entries(this.#file.map(node, 'a fixture'), FIXTURE_KEYS);
    const recordings = this.#file.texts(entries.get('recording'), node, 'recording');
    if (recordings.length === 0) throw this.#file.wrong(node, 'recording is empty');
    const verdict = VERDICTS.find((word) => word === this.#file.text(entries.get('verdict'), node, 'verdict'));
    if (verdict === undefined)
      throw this.#file.wrong(entries.get('verdict') ?? node, `verdict is one of ${VERDICTS.join(', ')}`);
    const restarts = entries.get('restarts');
    return {
      recording: recordings.length === 1 ? (recordings[0] ?? '') : recordings,
      paths: recordings.map((file) => join(dirname(this.#file.path), file)),
      args: entries.has('args') ? this.#args(entries.get('args'), node) : [],
      verdict,
      findings: this.#items(entries.get('findings'), 'findings').map((item) => this.#finding(item)),
      restarts: restarts && this.#items(restarts, 'restarts').map((item) => this.#restart(item)),
      place,
    };
  }

  #finding(node: Node): ExpectedFinding {
    const entries = this.#file.entries(this.#file.map(node, 'a finding'), FINDING_KEYS);
    const pairs = [...entries].map(([key, value]) => {
      if (key === 'nodes' || key === 'peers') return [key, this.#file.texts(value, node, key)] as const;
      return [key, isScalar(value) && value.value === null ? null : this.#file.text(value, node, key)] as const;
    });
    return Object.fromEntries(pairs) as ExpectedFinding;
  }

  #restart(node: Node): ExpectedRestart {
    const entries = this.#file.entries(this.#file.map(node, 'a restart'), RESTART_KEYS);
    const at = parseTime(this.#file.text(entries.get('at'), node, 'at'));
    if (Number.isNaN(at))
      throw this.#file.wrong(entries.get('at') ?? node, 'at is an RFC 3339 time such as 2026-01-31T09:00:00Z');
    const within = entries.get('within');
    const withinMs = within === undefined ? DEFAULT_WITHIN_MS : span(this.#file.text(within, node, 'within'));
    if (withinMs === undefined) throw this.#file.wrong(within ?? node, 'within is a duration such as 15s, or seconds');
    return { node: this.#file.text(entries.get('node'), node, 'node'), at, withinMs };
  }

  /** A list of arguments, or one text with spaces between them. */
  #args(value: Node | undefined, parent: Node): string[] {
    const texts = this.#file.texts(value, parent, 'args');
    return isSeq(value) ? texts : texts.flatMap((text) => text.split(/\s+/).filter((word) => word !== ''));
  }

  #items(node: Node | undefined, what: string): Node[] {
    return node === undefined ? [] : this.#file.items(node, what);
  }
}

function span(text: string): number | undefined {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : parseDuration(text);
}
