import type { NodeWindow } from '../aggregate/journal.js';

/** Names and whereabouts of ends, learned from every node's own endpoints. */
export class Places {
  readonly #workloads = new Map<string, string>();
  readonly #nodes = new Map<string, { readonly window: number; readonly node: number }[]>();

  /** @param windows in order of time. */
  constructor(windows: readonly NodeWindow[], nodeIndex: ReadonlyMap<string, number>) {
    for (const line of windows) {
      const node = nodeIndex.get(line.node);
      for (const { what, workload } of line.places) {
        if (workload !== '') this.#workloads.set(what, workload);
        if (node === undefined) continue;
        const seen = this.#nodes.get(what);
        if (seen === undefined) this.#nodes.set(what, [{ window: line.window, node }]);
        // Most ends are told again and again, and never move.
        else if (seen.at(-1)?.node !== node) seen.push({ window: line.window, node });
      }
    }
  }

  /** The name of an end for people and for keys: `namespace/workload`, or what a reserved identity is called. */
  name(end: string): string {
    const body = end.slice(2);
    switch (end.slice(0, 2)) {
      case 'w:':
        return body;
      case 'p:': {
        const known = this.#workloads.get(body);
        const slash = body.indexOf('/');
        return `${body.slice(0, slash)}/${known ?? withoutSuffix(body.slice(slash + 1))}`;
      }
      default: {
        // A node's host is `host` to itself and `remote-node` to the others.
        const label = body.split('@', 1)[0] ?? body;
        return label === 'remote-node' ? 'host' : label;
      }
    }
  }

  /** The same, with the address of reserved identities: each is a source of its own. */
  sourceName(end: string): string {
    const at = end.indexOf('@');
    return end.startsWith('r:') && at >= 0 ? `${this.name(end)}${end.slice(at)}` : this.name(end);
  }

  /** Was this end seen on more than one node? */
  moves(end: string): boolean {
    return (this.#nodes.get(whatOf(end))?.length ?? 0) > 1;
  }

  /** The node that an end is on at a time, -1 when nobody knows. A workload by itself is on many nodes. */
  node(end: string, window: number): number {
    const seen = this.#nodes.get(whatOf(end));
    if (seen === undefined) return -1;
    let found = seen[0]?.node ?? -1;
    for (const place of seen) {
      if (place.window > window) break;
      found = place.node;
    }
    return found;
  }
}

/** What a place says where an end is by: pod, or address. A workload by itself has none. */
function whatOf(end: string): string {
  return end.startsWith('p:') ? end.slice(2) : end.startsWith('r:') ? end.slice(end.indexOf('@')) : '';
}

/** ReplicaSet hash and pod suffix, or the suffix alone: Kubernetes makes it of these characters, so that no word is taken for one. */
const GENERATED = /(-[0-9a-z]{5,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const GENERATED_WITH_HASH = /-[0-9a-z]{5,10}-[0-9a-z]{5}$/;

/** A pod's name without its generated suffix; the ordinals of StatefulSets stay. */
export function withoutSuffix(pod: string): string {
  const stripped = pod.replace(GENERATED_WITH_HASH, '');
  const name = stripped === pod ? pod.replace(GENERATED, '') : stripped;
  return name === '' ? pod : name;
}
