import type { Derivation } from '../../judge/derivation/derivation.js';
import type { VerdictDocument } from '../../judge/document.js';
import { derivationJson, derivationText } from '../../report/derivation.js';
import { jsonReport } from '../../report/json.js';
import { textReport, type TextOptions } from '../../report/text.js';
import { wantsColors } from '../colors.js';
import type { Logger } from '../logger.js';
import type { LogValues } from '../options/output.js';
import type { ReportValues } from '../options/reports.js';
import { annotations, appendSummary, isGitHubActions } from './github.js';
import { checkReportTargets, writeReports } from './report-files.js';
import { SlackChannel } from './slack-channel.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Columns of the text report: on a terminal as wide as that within limits, else the same everywhere. */
const NARROWEST = 60;
const WIDEST = 140;
const WIDTH = 100;

/** Tells a verdict in every form and place that was asked for. */
export class Publisher {
  readonly #options: ReportValues & LogValues;
  readonly #env: Env;
  readonly #log: Logger;
  readonly #slack: SlackChannel | undefined;

  /** Throws UsageError for what could not be told at the end. */
  constructor(options: ReportValues & LogValues, env: Env, log: Logger) {
    checkReportTargets(options.report);
    this.#options = options;
    this.#env = env;
    this.#log = log;
    this.#slack = options.slack ? SlackChannel.fromEnvironment(env, log) : undefined;
  }

  /** While the soak goes on: the channel hears of the first failure. */
  announceFailure(document: VerdictDocument): void {
    this.#slack?.announceFailure(document);
  }

  /** The last word; on stdout, where they were asked for, why instead of what. Nothing in here changes the verdict. */
  async publish(document: VerdictDocument, why?: readonly Derivation[]): Promise<void> {
    const { json, report } = this.#options;
    writeReports(report, document, this.#log);
    process.stdout.write(why === undefined ? this.#report(document) : this.#why(why));
    if (isGitHubActions(this.#env)) {
      appendSummary(document, this.#env, this.#log);
      (json || why !== undefined ? process.stderr : process.stdout).write(annotations(document));
    }
    await this.#slack?.announceVerdict(document);
  }

  #report(document: VerdictDocument): string {
    return this.#options.json ? jsonReport(document) : textReport(document, this.#style());
  }

  #why(derivations: readonly Derivation[]): string {
    return this.#options.json ? derivationJson(derivations) : derivationText(derivations, this.#style());
  }

  #style(): TextOptions {
    // A terminal without a known size says 0.
    const columns = process.stdout.columns || WIDTH;
    const width = process.stdout.isTTY ? Math.min(Math.max(columns, NARROWEST), WIDEST) : WIDTH;
    return { color: wantsColors(process.stdout, this.#env, this.#options.noColor), width };
  }
}
