import type { Finding, NodeSummary, VerdictDocument } from '../../judge/document.js';

/** Something that a person who waits wants to hear. */
export interface Change {
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

/** Tells what is new in a verdict document, everything once. */
export class Changes {
  readonly #told = new Set<string>();

  since(document: VerdictDocument): Change[] {
    return [...document.nodes.flatMap(nodeNews), ...document.findings.flatMap(findingNews)]
      .filter(({ key }) => !this.#told.has(key) && this.#told.add(key))
      .map(({ level, text }) => ({ level, text }));
  }
}

interface News extends Change {
  readonly key: string;
}

function nodeNews(node: NodeSummary): News[] {
  const { name } = node;
  const last = node.restarts.at(-1);
  // Times of restarts are refined while they are being seen: the count is what is new.
  const runs = `${name} ${node.restarts.length}`;
  const news: News[] = [];
  if (last) {
    const again = node.restarts.length > 1 ? ` (restart ${node.restarts.length})` : '';
    news.push({
      key: `restart ${runs}`,
      level: 'info',
      text: `${name} restarted at ${clock(last.at)}${again}, told by ${last.evidence}`,
    });
    const phase = node.phases.at(-1)?.phase;
    if (phase === 'soak' || phase === 'late')
      news.push({ key: `soak ${runs}`, level: 'info', text: `${name} has settled; its soak begins` });
  }
  if (node.verdict === 'pass') news.push({ key: `pass ${runs}`, level: 'info', text: `${name}: pass, go on` });
  if (node.verdict === 'fail') news.push({ key: `fail ${runs}`, level: 'error', text: `${name}: fail, stop the roll` });
  return news;
}

function findingNews({ id, severity, class: what, says }: Finding): News[] {
  switch (severity) {
    case 'fail':
      return [{ key: `${id} fail`, level: 'error', text: `${what}: ${says}` }];
    case 'warn':
      return [{ key: `${id} warn`, level: 'warn', text: `${what}: ${says}` }];
    case 'info':
      return [];
  }
}

/** `2026-01-31T09:00:05.123Z` as `09:00:05Z`. */
export function clock(time: string): string {
  return `${time.slice(11, 19)}Z`;
}
