/** Where results and talk go. */
import { named, oneOf, TEXT } from './kinds.js';
import { optional, toggle, valued, type Values } from './option.js';

export const CONFIG_OPTIONS = {
  config: optional(named('FILE', TEXT), 'Flags that are always the same, as YAML', {
    inConfig: false,
    fallbackText: 'hubble-soak.yaml, where there is one',
  }),
  printConfig: toggle('Show the value of every option and where it comes from, and end', { inConfig: false }),
};

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug'] as const;

export const LOG_OPTIONS = {
  logLevel: valued(
    named('LEVEL', oneOf(...LOG_LEVELS)),
    'info',
    `How much to tell on stderr: ${LOG_LEVELS.join(', ')}`,
  ),
  logFormat: optional(
    named('FORM', oneOf('pretty', 'plain', 'json')),
    'Form of the log on stderr: pretty, plain or json',
    {
      fallbackText: 'pretty on a terminal, else plain',
    },
  ),
  noColor: toggle('No colours, not even on a terminal (also NO_COLOR)'),
};

export type LogValues = Values<typeof LOG_OPTIONS>;
