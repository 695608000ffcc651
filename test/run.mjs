// Runs the compiled tests with node's own runner, as `npm test` does after a build.
//
//   npm test                          all of them
//   npm test -- cli hubble/time       those whose path has one of these words
//   npm test -- --test-name-pattern 'exit code'   flags go to node --test
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** node --test flags that take their value from the next argument. */
const TAKES_VALUE = new Set([
  '--test-name-pattern',
  '--test-skip-pattern',
  '--test-reporter',
  '--test-reporter-destination',
  '--test-concurrency',
  '--test-timeout',
  '--test-shard',
]);

/** Flags for node, and words that choose files. */
function split(args) {
  const flags = [];
  const words = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!arg.startsWith('-')) words.push(arg);
    else if (TAKES_VALUE.has(arg) && i + 1 < args.length) flags.push(`${arg}=${args[++i]}`);
    else flags.push(arg);
  }
  return { flags, words };
}

/** The compiled file of each test that has a source: what an older build left behind is not run. Node 20 expands no globs itself. */
function compiledTests(words) {
  return readdirSync(join(root, 'test'), { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.split(sep).join('/'))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort()
    .map((file) => join(root, 'dist', 'test', file.replace(/\.ts$/, '.js')));
}

const { flags, words } = split(process.argv.slice(2));
const files = compiledTests(words);
const missing = files.filter((file) => !existsSync(file));
if (files.length === 0 || missing.length > 0) {
  const what =
    files.length === 0
      ? `no test has ${words.join(' or ')} in its path`
      : `not built: ${relative(root, missing[0])} (npm run build)`;
  console.error(`test/run.mjs: ${what}`);
  process.exit(2);
}

const reporter = flags.some((flag) => flag.startsWith('--test-reporter')) ? [] : ['--test-reporter=spec'];
// Left to itself, node leaves one core idle.
const concurrency = `--test-concurrency=${availableParallelism()}`;
const child = spawn(process.execPath, ['--test', concurrency, ...reporter, ...flags, ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, TZ: 'UTC' },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code, signal) => {
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
});
