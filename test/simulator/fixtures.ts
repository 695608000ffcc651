import { formatTime, parseTime } from '../../src/hubble/time.js';
import { DEMO } from './demo.js';
import type { Expectation, ExpectedRestart, Fixture } from './fixture.js';
import { BENIGN, TRAPS } from './harmless.js';
import { INCIDENTS } from './incidents.js';
import { LAB } from './lab.js';
import { toRestart } from './restarts.js';
import type { Scenario } from './scenario.js';
import { SILENT } from './silent.js';

/** Every recording that a scenario makes. */
export const SIMULATED: readonly Fixture[] = [DEMO, ...INCIDENTS, ...BENIGN, ...TRAPS, ...SILENT];

/** File of a fixture below `recordings/`. The demo comes with the package and is packed as everything can unpack it. */
export function fileOf(fixture: Expectation): string {
  return `${fixture.file}.jsonl.${fixture === DEMO ? 'gz' : 'zst'}`;
}

/** When the agents of a scenario began again. */
export function restartsOf(scenario: Scenario): ExpectedRestart[] {
  const start = parseTime(scenario.startsAt);
  return scenario.restarts
    .map(toRestart)
    .sort((a, b) => a.down - b.down)
    .map(({ node, observerStart }) => ({ node, at: formatTime(start + observerStart / 1000), within: '3s' }));
}

/** `recordings/manifest.yaml`: what `hubble-soak gate` must find in each recording. */
export function manifest(): string {
  const simulated = SIMULATED.map((fixture) => entry(fixture, restartsOf(fixture.scenario)));
  const lab = LAB.map((fixture) => entry(fixture, fixture.restarts));
  const head = [
    '# Recorded soaks and the truth about them: `hubble-soak gate recordings/manifest.yaml` fails when a verdict is another one.',
    '# Written by test/simulator/write-fixtures.ts (npm run fixtures); change it there.',
    'fixtures:',
  ];
  return [...head, ...simulated, ...lab, ''].join('\n');
}

function entry(fixture: Expectation, restarts: readonly ExpectedRestart[]): string {
  return [
    `  # ${fixture.shows}.`,
    `  - recording: ${fileOf(fixture)}`,
    `    args: ${flowStyle(fixture.args ?? [])}`,
    `    verdict: ${fixture.verdict}`,
    ...list('findings', fixture.findings),
    ...list('restarts', restarts),
  ].join('\n');
}

function list(key: string, items: readonly object[]): string[] {
  if (items.length === 0) return [`    ${key}: []`];
  return [`    ${key}:`, ...items.map((item) => `      - ${flowStyle(item)}`)];
}

/** JSON is YAML; blanks make it easier to read. */
function flowStyle(value: object): string {
  const entries = Object.entries(value) as [string, unknown][];
  if (Array.isArray(value)) return `[${value.map((one) => JSON.stringify(one)).join(', ')}]`;
  return `{ ${entries.map(([key, one]) => `${key}: ${inner(one)}`).join(', ')} }`;
}

function inner(value: unknown): string {
  return typeof value === 'object' && value !== null ? flowStyle(value) : JSON.stringify(value);
}
