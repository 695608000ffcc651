/** Certificates and keys from PEM files; what is wrong with one is a UsageError that names flag and file, and never shows its content. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.js';

/** A file that a flag named. */
export interface PemFile {
  readonly flag: string;
  readonly file: string;
}

export interface KeyPair {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** The certificates of all files as one bundle; null when no file is given. */
export function readCaFiles(flag: string, files: readonly string[]): Buffer | null {
  const bundle = files
    .filter((file) => file !== '')
    .flatMap((file) => {
      const pem = read({ flag, file });
      parseCertificate({ flag, file }, pem);
      return [pem, Buffer.from('\n')];
    });
  return bundle.length === 0 ? null : Buffer.concat(bundle);
}

/** A certificate and the key that belongs to it. */
export function readKeyPair(certificateFile: PemFile, keyFile: PemFile): KeyPair {
  const certificate = read(certificateFile);
  const key = read(keyFile);
  if (!parseCertificate(certificateFile, certificate).checkPrivateKey(parseKey(keyFile, key))) {
    throw new UsageError(
      `the key ${keyFile.file} (${keyFile.flag}) does not belong to the certificate ${certificateFile.file} (${certificateFile.flag})`,
    );
  }
  return { certificate, key };
}

function read({ flag, file }: PemFile): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${flag}: ${file} cannot be read (${reasonOf(error)})`, error);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a directory';
    default:
      return code;
  }
}

function parseCertificate({ flag, file }: PemFile, pem: Buffer): X509Certificate {
  try {
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no PEM block');
    return new X509Certificate(pem);
  } catch (error) {
    throw new UsageError(`${flag}: ${file} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`, error);
  }
}

function parseKey({ flag, file }: PemFile, pem: Buffer): KeyObject {
  if (pem.includes('ENCRYPTED')) throw new UsageError(`${flag}: ${file} is encrypted; give a key without a passphrase`);
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is left out: it must never carry key material into a log.
    throw new UsageError(`${flag}: ${file} holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)`);
  }
}
