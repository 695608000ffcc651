const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'cannot be read (no permission)',
  EPERM: 'cannot be read (no permission)',
  EISDIR: 'is a folder',
};

/** `PATH does not exist` and the like for an error of the file system; undefined for any other. */
export function fileTrouble(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('path' in error) || typeof error.path !== 'string') return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // A program that could not be started names it as its path too.
  if ('syscall' in error && String(error.syscall).startsWith('spawn')) return undefined;
  return `${error.path} ${WORDS[code] ?? `cannot be read (${code})`}`;
}
