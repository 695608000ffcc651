/** The clause that says where: `cross-node TCP from worker-1 to pods on worker-3; same-node is fine`. */
import type { Finding } from './document.js';
import type { Between, Extent } from './extent.js';
import { listed, plural } from './text.js';
import type { Traffic } from './traffic.js';

export interface WhereText {
  /** Where it fails, and what is fine beside it ('' where nothing is known to be). */
  readonly fails: string;
  readonly fine: string;
}

/** @param nameOf the name of a node. @param count number of nodes in the soak. */
export function whereText(extent: Extent, nameOf: (node: number) => string, count: number): WhereText {
  const fine = fineTexts(extent, nameOf).slice(0, 2);
  return {
    fails: failsText(extent, nameOf, count),
    fine: fine.length === 0 ? '' : `${fine.join(' and ')}${isAre(fine)} fine`,
  };
}

export function oneClause({ fails, fine }: WhereText): string {
  return fine === '' ? fails : `${fails}; ${fine}`;
}

/** Where a finding is that no analysis of paths stands behind. */
export function plainWhere({ nodes, scope, edges }: Pick<Finding, 'nodes' | 'scope' | 'edges'>): string {
  const [edge] = edges;
  const on = listed(nodes);
  return scope === 'edge' && edge !== undefined ? `${edge}${on === '' ? '' : ` on ${on}`}` : on;
}

function failsText({ scope, traffic, between }: Extent, nameOf: (node: number) => string, count: number): string {
  const path = scope === 'cross-node' || scope === 'same-node' ? `${scope} ` : '';
  const what = `${path}${trafficText(traffic)}`;
  const names = (nodes: readonly number[]) => listed(nodes.map(nameOf));
  const { source, destination } = traffic;
  const kinds = kindsText(source, destination);
  switch (between.kind) {
    case 'all':
      return kinds === '' || path === '' ? `${what}${kinds} on ${allNodes(count)}` : `${what}${kinds}`;
    case 'on':
      return `${what}${kinds} on ${names(between.nodes)}`;
    case 'around':
      return `${what}${kinds}, to and from ${names(between.nodes)}`;
    case 'among':
      return source !== undefined && source === destination
        ? `${what}${kinds} on ${names(between.nodes)}`
        : `${what}${kinds} between ${names(between.nodes)}`;
    case 'sides':
      return `${what}${kinds} between ${names(between.peers)} and ${names(between.nodes)}`;
    case 'directed':
      return `${what}${end('from', source, between.from, names)}${end('to', destination, between.to, names)}`;
  }
}

function kindsText(source: string | undefined, destination: string | undefined): string {
  if (source !== undefined && source === destination) return ` between ${source}`;
  return `${source === undefined ? '' : ` from ${source}`}${destination === undefined ? '' : ` to ${destination}`}`;
}

/** ` from pods on worker-1`; a part that nothing tells is left out. */
function end(
  word: string,
  kind: string | undefined,
  nodes: readonly number[] | undefined,
  names: (nodes: readonly number[]) => string,
): string {
  if (kind === undefined) return nodes === undefined ? '' : ` ${word} ${names(nodes)}`;
  return nodes === undefined ? ` ${word} ${kind}` : ` ${word} ${kind} on ${names(nodes)}`;
}

function allNodes(count: number): string {
  return count === 1 ? 'the node' : `all ${plural(count, 'node')}`;
}

function trafficText({ protocols, port, family }: Traffic): string {
  const version = family === undefined ? '' : `IPv${family} `;
  const what = protocols.length === 0 ? 'traffic' : listed(protocols);
  return `${version}${what}${port === undefined ? '' : ` ${port}`}`;
}

/** The most telling first. */
function fineTexts({ scope, traffic, between, fine }: Extent, nameOf: (node: number) => string): string[] {
  const texts = pathTexts({ scope, between, fine }, nameOf);
  if (traffic.family !== undefined) texts.push(traffic.family === 6 ? 'IPv4' : 'IPv6');
  if (texts.length > 0) return texts;
  if (traffic.fine.otherCallers) return ['other callers'];
  if (traffic.fine.otherDestinations) return ['its other traffic'];
  if (traffic.fine.protocols.length > 0) return [listed(traffic.fine.protocols)];
  if (scope === 'node' || scope === 'soak') return fine.otherNodes ? ['other nodes'] : [];
  return fine.any ? ['other traffic'] : [];
}

function pathTexts(
  { scope, between, fine }: Pick<Extent, 'scope' | 'between' | 'fine'>,
  nameOf: (node: number) => string,
): string[] {
  if (!fine.elsewhere) return [];
  switch (scope) {
    case 'cross-node':
      return ['same-node'];
    case 'same-node':
      return ['cross-node'];
    case 'towards':
      return [`what ${nodeOf(between, 'to', nameOf)} sends`];
    case 'from':
      return [`what ${nodeOf(between, 'from', nameOf)} receives`];
    case 'pair':
      return [...(fine.reverse ? ['the way back'] : []), OTHERS[fine.way]];
    case 'node':
    case 'edge':
    case 'soak':
      return [];
  }
}

const OTHERS: Record<Extent['fine']['way'], string> = {
  from: 'to other nodes',
  towards: 'from other nodes',
  both: 'between other nodes',
};

function nodeOf(between: Between, end: 'from' | 'to', nameOf: (node: number) => string): string {
  const nodes = between.kind === 'directed' ? (between[end] ?? []) : [];
  return nodes.length === 1 ? nodes.map(nameOf).join() : 'the node';
}

function isAre(texts: readonly string[]): string {
  const [only = ''] = texts;
  return texts.length > 1 || /^other (callers|nodes)$| and /.test(only) ? ' are' : ' is';
}
