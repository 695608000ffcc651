import tseslint from 'typescript-eslint';

/** Only these may talk to the process: everything else returns values and throws errors. */
const PROCESS_SIDE = ['src/cli/**/*.ts', 'src/main.ts'];

export default tseslint.config(
  { ignores: ['dist/', '.build/', 'node_modules/'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Numbers are the point of most of our messages.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: PROCESS_SIDE,
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Throw an error of src/errors.ts; src/main.ts exits.' },
        { object: 'process', property: 'env', message: 'Take it as an argument; src/cli reads the environment.' },
        { object: 'process', property: 'stdout', message: 'Return the text; src/cli prints it.' },
        { object: 'process', property: 'stderr', message: 'Return the text; src/cli prints it.' },
      ],
    },
  },
);
