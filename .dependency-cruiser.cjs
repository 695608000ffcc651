/**
 * The house has one direction (docs/architecture.md):
 *
 *   hubble | recording -> rollout + aggregate -> judge -> report, and cli wires them.
 *
 * What a folder of src/ may import of ours stands in MAY_IMPORT; everything else is refused. The pure folders may import neither node:
 * modules nor packages, but for PURE_PACKAGES.
 */
const EVENT_MODEL = '^src/hubble/(event|names|drop-reasons|time)\\.ts$';

/** What pods tell of agents, without the asking. */
const AGENTS = '^src/kube/agents\\.ts$';

const MAY_IMPORT = {
  stats: ['^src/stats/'],
  hubble: ['^src/hubble/', '^src/(errors|package-root|printable)\\.ts$'],
  kube: ['^src/kube/', '^src/hubble/pace\\.ts$', '^src/(errors|printable)\\.ts$'],
  recording: ['^src/recording/', '^src/hubble/', '^src/(errors|printable)\\.ts$'],
  aggregate: ['^src/aggregate/', EVENT_MODEL, '^src/errors\\.ts$'],
  rollout: ['^src/rollout/', '^src/aggregate/', EVENT_MODEL, '^src/errors\\.ts$'],
  judge: ['^src/judge/', '^src/rollout/', '^src/aggregate/', '^src/stats/', EVENT_MODEL, '^src/errors\\.ts$'],
  doctor: [
    '^src/doctor/',
    '^src/aggregate/',
    '^src/judge/(constants|observed|settings)\\.ts$',
    '^src/stats/',
    AGENTS,
    EVENT_MODEL,
  ],
  'soak-dir': [
    '^src/soak-dir/',
    '^src/aggregate/',
    '^src/judge/document\\.ts$',
    '^src/hubble/(wire|time)\\.ts$',
    '^src/recording/(file-errors|tape|write)\\.ts$',
    '^src/(errors|printable)\\.ts$',
  ],
  knobs: ['^src/knobs/'],
  report: ['^src/report/', '^src/judge/(document|derivation/derivation)\\.ts$', '^src/(errors|printable)\\.ts$'],
};

/** The only packages that pure folders may use: pure themselves. */
const PURE_PACKAGES = {
  stats: ['simple-statistics'],
  rollout: ['simple-statistics'],
  aggregate: [],
  judge: ['simple-statistics'],
  doctor: [],
  knobs: [],
};

const oneWay = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `one-way-${folder}`,
  comment: `src/${folder} may import of ours only what .dependency-cruiser.cjs lists for it.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: allowed },
}));

const pure = Object.entries(PURE_PACKAGES).map(([folder, packages]) => ({
  name: `pure-${folder}`,
  comment: `src/${folder} is pure: events and a clock value in, values out.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    dependencyTypesNot: ['local', 'type-only'],
    pathNot: ['^src/', ...packages.map((name) => `(^|/)node_modules/(@types/)?${name}/`)],
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...oneWay,
    ...pure,
    {
      name: 'pure-event-model',
      comment: 'The event model and the decoder of JSON are used by pure folders and are pure themselves.',
      severity: 'error',
      from: { path: '^src/hubble/(event|names|drop-reasons|time|decode)\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'pure-agents',
      comment: 'What is read of pods is a function of them.',
      severity: 'error',
      from: { path: '^src/kube/(agents|agent-news|objects|relay-target)\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'kube-is-lazy',
      comment:
        'The client library of Kubernetes and ws are for those who ask for them: everybody else would wait for their loading.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/kube/' },
      to: { path: '^src/kube/', pathNot: AGENTS, dependencyTypesNot: ['dynamic-import', 'type-only'] },
    },
    {
      name: 'pure-report',
      comment: 'Reports are functions of the document; only the post to Slack does anything.',
      severity: 'error',
      from: { path: '^src/report/', pathNot: '^src/report/slack-post\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'nothing-imports-cli',
      comment: 'cli wires the others and is wired by nobody but main.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|main\\.ts$)' },
      to: { path: '^src/(cli/|main\\.ts$)' },
    },
    {
      name: 'no-tests-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-packages',
      comment: 'What src/ imports at run time stands in dependencies.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
