import { printable } from '../printable.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'no permission',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space left',
  EDQUOT: 'disk quota used up',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'its name is too long',
  EFBIG: 'the file system takes no file of this size',
  EIO: 'the disk or network file system reports an I/O error',
  EPIPE: 'the reader has gone',
};

/** Why a file operation failed, in words that fit into parentheses. */
export function reason(error: unknown): string {
  const code = errorCode(error);
  const known = code === undefined ? undefined : REASONS[code];
  return known ?? printable(error instanceof Error ? error.message : String(error));
}

/** `ENOENT` and the like; undefined where the error has none. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
