/**
 * `npm run bench:verdict`: what the judge is worth. Simulated soaks, harmless and harmful, go through the product's judge and through
 * two simple ones: soaks of counts through its lanes, looks and proof of a PASS, soaks of flows through all of it but the files. Exits with 1 when a bound is broken beyond its 95 % interval.
 *
 *     npm run bench:verdict -- [--level counts|flows|both] [--quick] [--soaks N] [--family NAME ...] [--seed N] [--jobs N]
 *                              [--ends one|two] [--markdown]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bench, FAMILY_NAMES } from './bench.js';

const { values } = parseArgs({
  options: {
    level: { type: 'string', default: 'both' },
    jobs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    soaks: { type: 'string' },
    family: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: '1' },
    ends: { type: 'string', default: 'two' },
    markdown: { type: 'boolean', default: false },
  },
});

const soaks = whole('--soaks', values.soaks ?? (values.quick ? '90' : '300'), 1);
const seed = whole('--seed', values.seed, 0);
const unknown = values.family.filter((name) => !FAMILY_NAMES.includes(name));
if (unknown.length > 0) refuse(`--family ${unknown.join(', ')}: there are ${FAMILY_NAMES.join(', ')}`);
if (values.ends !== 'one' && values.ends !== 'two') refuse(`--ends must be one or two, but it is ${values.ends}`);
const ends = values.ends === 'one' ? 'one' : 'two';

if (!['counts', 'flows', 'both'].includes(values.level))
  refuse(`--level must be counts, flows or both, but it is ${values.level}`);
const levels = (['counts', 'flows'] as const).filter((level) => values.level === 'both' || values.level === level);
const jobs = whole('--jobs', values.jobs ?? `${availableParallelism()}`, 1);

const started = performance.now();
const report = await bench({
  seed,
  soaks,
  quick: values.quick,
  levels,
  families: values.family,
  jobs,
  ends,
  markdown: values.markdown,
  progress: ({ level, family, fail, soaks: n }) => {
    if (process.stderr.isTTY) process.stderr.write(`${level}, ${family.name}: ${fail} of ${n} failed\n`);
  },
});
const command = [
  'npm run bench:verdict --',
  ...(values.quick ? ['--quick'] : []),
  `--level ${values.level} --soaks ${soaks} --seed ${seed} --ends ${ends}`,
  ...values.family.map((name) => `--family ${name}`),
].join(' ');
console.log(report.text);
console.log(`\nSeed ${seed}; the same again: ${command}`);
process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0)} s\n`);
for (const sentence of report.broken) console.log(`Broken: ${sentence}`);
if (report.broken.length > 0) process.exitCode = 1;

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  return refuse(`${name} must be a whole number of at least ${least}, but it is ${text}`);
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}
