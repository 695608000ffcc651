/** What GitHub Actions shows of a run: the job summary, and an annotation for each failed finding. */
import { appendFileSync } from 'node:fs';
import type { VerdictDocument } from '../../judge/document.js';
import { printable } from '../../printable.js';
import { reason } from '../../recording/file-errors.js';
import { markdownReport } from '../../report/markdown.js';
import type { Logger } from '../logger.js';

type Env = Readonly<Record<string, string | undefined>>;

export function isGitHubActions(env: Env): boolean {
  return env['GITHUB_ACTIONS'] === 'true';
}

/** Appends the Markdown report to the job summary. */
export function appendSummary(document: VerdictDocument, env: Env, log: Logger): void {
  const path = env['GITHUB_STEP_SUMMARY'];
  if (!path) return;
  try {
    appendFileSync(path, `${markdownReport(document)}\n`);
  } catch (error) {
    log.warn(`GITHUB_STEP_SUMMARY: not written (${reason(error)})`);
  }
}

/** One workflow command for each finding that fails, in one line each. */
export function annotations(document: VerdictDocument): string {
  return document.findings
    .filter(({ severity }) => severity === 'fail')
    .map(
      (finding) =>
        `::error title=${property(`hubble-soak: ${finding.class} on ${finding.nodes.join(', ') || 'the cluster'}`)}::${data(finding.says)}\n`,
    )
    .join('');
}

function data(text: string): string {
  return printable(text).replaceAll('%', '%25');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
