/** In what forms a verdict is told, and where. */
import { parseReportOption, REPORT_FORMATS, type ReportFormat } from '../../report/formats.js';
import type { Kind } from './kinds.js';
import { repeated, toggle, type Values } from './option.js';

export interface ReportTarget {
  readonly format: ReportFormat;
  readonly path: string;
}

const FORMAT_NAMES = REPORT_FORMATS.join(', ');

const TARGET: Kind<ReportTarget> = {
  placeholder: 'FORMAT=PATH',
  wanted: `FORMAT=PATH with FORMAT one of ${FORMAT_NAMES}`,
  parse: parseReportOption,
  show: ({ format, path }) => `${format}=${path}`,
};

export const REPORT_OPTIONS = {
  json: toggle('Exactly one JSON document on stdout instead of the text report'),
  report: repeated(TARGET, `Also write a report; FORMAT is one of ${FORMAT_NAMES}`, { commas: false }),
  slack: toggle('Post the first failure and the final verdict to the webhook in SLACK_WEBHOOK_URL'),
};

export type ReportValues = Values<typeof REPORT_OPTIONS>;
