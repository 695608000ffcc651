import { YES_NO, type Kind } from './kinds.js';

/** One option, however it is given: flag, environment variable or key of the config file. */
export interface Option<T> {
  readonly kind: Kind<T>;
  readonly describe: string;
  /** undefined: there is no value unless one is given. */
  readonly fallback: T | undefined;
  /** Told in the help where the fallback does not say it by itself. */
  readonly fallbackText?: string;
  readonly alias?: string;
  readonly env?: string;
  /** false: a flag without a value turns it on. */
  readonly takesValue: boolean;
  /** A key of hubble-soak.yaml; false for what belongs to one call, and for secrets. */
  readonly inConfig: boolean;
  /** Never shown. */
  readonly secret: boolean;
}

/** An option that may be given several times, or with commas between its values. */
export interface ListOption<T> {
  readonly list: true;
  readonly kind: Kind<T>;
  readonly describe: string;
  readonly env?: string;
  readonly inConfig: boolean;
  /** Values are also split at commas (those with commas of their own are not). */
  readonly commas: boolean;
}

/** By the name of the flag in camel case. */
export type OptionTable = Readonly<Record<string, Option<unknown> | ListOption<unknown>>>;

export type ValueOf<O> =
  O extends ListOption<infer T>
    ? readonly T[]
    : O extends Option<infer T>
      ? undefined extends O['fallback']
        ? T | undefined
        : T
      : never;

export type Values<Table extends OptionTable> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

type Extras<T> = Partial<Pick<Option<T>, 'alias' | 'env' | 'inConfig' | 'secret' | 'fallbackText'>>;

/** An option with a value and a fallback. */
export function valued<T>(
  kind: Kind<T>,
  fallback: T,
  describe: string,
  extras: Extras<T> = {},
): Option<T> & { fallback: T } {
  return { kind, describe, fallback, takesValue: true, inConfig: true, secret: false, ...extras };
}

/** An option with a value that need not be given. */
export function optional<T>(kind: Kind<T>, describe: string, extras: Extras<T> = {}): Option<T> {
  return { kind, describe, fallback: undefined, takesValue: true, inConfig: true, secret: false, ...extras };
}

/** A switch, off unless given. */
export function toggle(describe: string, extras: Extras<boolean> = {}): Option<boolean> & { fallback: boolean } {
  return { kind: YES_NO, describe, fallback: false, takesValue: false, inConfig: true, secret: false, ...extras };
}

export function repeated<T>(
  kind: Kind<T>,
  describe: string,
  extras: Partial<Pick<ListOption<T>, 'env' | 'inConfig' | 'commas'>> = {},
): ListOption<T> {
  return { list: true, kind, describe, inConfig: true, commas: true, ...extras };
}

export function isList(option: Option<unknown> | ListOption<unknown>): option is ListOption<unknown> {
  return 'list' in option;
}

/** `tlsServerName` as `tls-server-name`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
