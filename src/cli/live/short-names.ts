/** Names of nodes without what all of them share: `ip-10-0-1-11` of `ip-10-0-1-11.eu-central-1.compute.internal`. Pure. */

export type Shorten = (text: string) => string;

/** Takes the cluster's name and the domain that all nodes share out of a text. */
export function shortener(names: readonly string[]): Shorten {
  const [first, ...others] = names;
  if (first === undefined || others.length === 0) return (text) => text;
  const cluster = first.slice(0, first.indexOf('/') + 1);
  const shared = [
    ...(cluster !== '' && others.every((name) => name.startsWith(cluster)) ? [cluster] : []),
    ...(sharedDomain(first, others) ?? []),
  ];
  return (text) => shared.reduce((short, part) => short.replaceAll(part, ''), text);
}

/** The longest end of all names from a dot on that is no part of an address. */
function sharedDomain(first: string, others: readonly string[]): [string] | undefined {
  for (let dot = first.indexOf('.', 1); dot > 0; dot = first.indexOf('.', dot + 1)) {
    const domain = first.slice(dot);
    if (/[a-z]/i.test(domain) && others.every((name) => name.length > domain.length && name.endsWith(domain)))
      return [domain];
  }
  return undefined;
}
