import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../../errors.js';
import type { VerdictDocument } from '../../judge/document.js';
import { errorCode, reason } from '../../recording/file-errors.js';
import { renderReport } from '../../report/formats.js';
import type { Logger } from '../logger.js';
import type { ReportTarget } from '../options/reports.js';

/** Refuses at the start what could not be written at the end, perhaps days later. Throws UsageError. */
export function checkReportTargets(targets: readonly ReportTarget[]): void {
  for (const { format, path } of targets) {
    try {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
        throw Object.assign(new Error(), { code: 'EISDIR' });
      accessSync(dirname(path), constants.W_OK);
      accessSync(path, constants.W_OK);
    } catch (error) {
      // The file itself need not be there yet; its folder must.
      if (errorCode(error) === 'ENOENT' && statSync(dirname(path), { throwIfNoEntry: false }) !== undefined) continue;
      throw new UsageError(`--report ${format}=${path}: cannot be written (${reason(error)})`, error);
    }
  }
}

/** Writes the reports. One that fails is told and takes no verdict away. */
export function writeReports(targets: readonly ReportTarget[], document: VerdictDocument, log: Logger): void {
  for (const { format, path } of targets) {
    try {
      writeFileSync(path, renderReport(format, document));
    } catch (error) {
      log.error(`--report ${format}=${path}: not written (${reason(error)})`);
    }
  }
}
