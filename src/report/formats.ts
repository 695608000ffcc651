/** The formats of `--report FORMAT=PATH`. */
import { UsageError } from '../errors.js';
import type { VerdictDocument } from '../judge/document.js';
import { jsonReport } from './json.js';
import { markdownReport } from './markdown.js';
import { openMetricsReport } from './openmetrics.js';
import { slackReport } from './slack.js';
import { textReport } from './text.js';

export const REPORT_FORMATS = ['text', 'json', 'markdown', 'slack', 'openmetrics'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

const RENDER: Readonly<Record<ReportFormat, (document: VerdictDocument) => string>> = {
  text: (document) => textReport(document),
  json: jsonReport,
  markdown: markdownReport,
  slack: slackReport,
  openmetrics: (document) => openMetricsReport(document),
};

/** The report as a file holds it: text without colours, all ended by a line end. */
export function renderReport(format: ReportFormat, document: VerdictDocument): string {
  return RENDER[format](document);
}

/** `json=out.json`. Throws UsageError where the format is not known or no path is given. */
export function parseReportOption(text: string): { readonly format: ReportFormat; readonly path: string } {
  const [name = '', ...rest] = text.split('=');
  const path = rest.join('=');
  const format = REPORT_FORMATS.find((known) => known === name);
  if (format === undefined)
    throw new UsageError(
      `--report ${text}: there is no format '${name}'; want FORMAT=PATH with FORMAT one of ${REPORT_FORMATS.join(', ')}`,
    );
  if (path === '') throw new UsageError(`--report ${text}: say where to write it, as ${format}=PATH`);
  return { format, path };
}
