type Env = Readonly<Record<string, string | undefined>>;

/** Are colours wanted on this stream? Never without a terminal, unless FORCE_COLOR says so. */
export function wantsColors(stream: { readonly isTTY?: boolean }, env: Env, noColor: boolean): boolean {
  if (noColor || env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
