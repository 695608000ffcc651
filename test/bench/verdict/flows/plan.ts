import type { Random } from '../../../simulator/random.js';
import type { EdgeSpec, Effect, MoveSpec, WorkloadSpec } from '../../../simulator/scenario.js';

/** A scenario while it grows. */
export class Plan {
  readonly #workloads = new Map<string, { readonly nodes: string[]; readonly moves: MoveSpec[] }>();
  readonly edges: EdgeSpec[] = [];
  /** The first effect that meets a packet has it. */
  readonly effects: Effect[] = [];
  /** Workloads whose pods stay where they are, whatever else moves. */
  readonly fixed = new Set<string>();

  /** A pod of the workload on this node, if there is none yet; tells which of the workload's pods it is. */
  pod(workload: string, node: string): number {
    let known = this.#workloads.get(workload);
    if (known === undefined) this.#workloads.set(workload, (known = { nodes: [], moves: [] }));
    const at = known.nodes.indexOf(node);
    return at >= 0 ? at : known.nodes.push(node) - 1;
  }

  move(workload: string, move: MoveSpec): void {
    this.#workloads.get(workload)?.moves.push(move);
  }

  /** Every pod that may move: its workload, its number, and its node at the start. */
  pods(): { readonly workload: string; readonly pod: number; readonly node: string }[] {
    return [...this.#workloads].flatMap(([workload, { nodes }]) =>
      this.fixed.has(workload) ? [] : nodes.map((node, pod) => ({ workload, pod, node })),
    );
  }

  /** Puts an effect behind those on edges that never worked: only what did work meets it. */
  behindTheNeverWorking(effect: Effect): void {
    const living = this.effects.findIndex((one) => 'share' in one && one.share !== undefined);
    this.effects.splice(living, 0, effect);
  }

  nodesOf(workload: string): readonly string[] {
    return this.#workloads.get(workload)?.nodes ?? [];
  }

  workloads(): WorkloadSpec[] {
    return [...this.#workloads].map(([name, { nodes, moves }]) => ({
      name,
      kind: 'Deployment',
      replicas: nodes.length,
      nodes,
      ...(moves.length === 0 ? {} : { moves: [...moves].sort((a, b) => a.at - b.at) }),
    }));
  }
}

/** A node's name by its number, from 0. */
export function nodeName(index: number): string {
  return `node-${index + 1}`;
}

/** One of the numbers 0...count-1 but for `not`. */
export function another(random: Random, count: number, not: number): number {
  return count < 2 ? not : (not + random.integer(1, count - 1)) % count;
}
