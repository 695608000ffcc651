/**
 * The errors that a person can act on. Everything else is a defect and is shown as one.
 *
 * `message` is one sentence that names the place (file and line, node, address) and the fix; the cause is kept for `--log-level debug`.
 */
export abstract class SoakError extends Error {
  abstract readonly exitCode: number;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}

/** Bad usage, bad configuration or an input that cannot be read: exit code 2. */
export class UsageError extends SoakError {
  readonly exitCode = 2;
}

/** The data source (relay) is not available, or was lost: exit code 4. */
export class SourceError extends SoakError {
  readonly exitCode = 4;
}
