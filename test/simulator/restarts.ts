import type { RestartSpec, Scenario } from './scenario.js';

const SECOND_US = 1e6;
const MINUTE_US = 60e6;

/** From the agent's observer to the first flow: the relay has to find it again. */
const RESUBSCRIBE_US = 3 * SECOND_US;

/** One restart of an agent; microseconds since the start of the soak. */
export interface Restart {
  readonly node: string;
  /** No flows of the node in [down, back). */
  readonly down: number;
  readonly back: number;
  /** What `uptime_ns` counts from. */
  readonly observerStart: number;
  readonly withKnob: boolean;
}

export function toRestart(spec: RestartSpec): Restart {
  const down = Math.round(spec.at * MINUTE_US);
  const back = down + spec.downSeconds * SECOND_US;
  return {
    node: spec.node,
    down,
    back,
    observerStart: back - Math.min(RESUBSCRIBE_US, (spec.downSeconds / 2) * SECOND_US),
    withKnob: spec.withKnob ?? true,
  };
}

/** All restarts of a soak, by node and in order of time. */
export class Restarts {
  readonly #byNode = new Map<string, Restart[]>();
  readonly #withKnob = new Map<string, number[]>();

  constructor(scenario: Pick<Scenario, 'restarts'>) {
    const inOrder = scenario.restarts.map(toRestart).sort((a, b) => a.down - b.down);
    for (const restart of inOrder) {
      append(this.#byNode, restart.node, restart);
      if (restart.withKnob) append(this.#withKnob, restart.node, restart.back);
    }
  }

  of(node: string): readonly Restart[] {
    return this.#byNode.get(node) ?? [];
  }

  /** When the node's agent was back with the changed knob, each time. */
  backWithKnob(node: string): readonly number[] {
    return this.#withKnob.get(node) ?? [];
  }

  firstDown(node: string): number {
    return this.of(node)[0]?.down ?? Infinity;
  }

  /** The restart that keeps the node's flows from us at `at`. */
  blindIn(node: string, at: number): Restart | undefined {
    return this.of(node).find((restart) => at >= restart.down && at < restart.back);
  }

  /** The start of the observer that runs at `at`, if it began within the soak. */
  observerStart(node: string, at: number): number | undefined {
    return this.of(node).findLast((restart) => restart.observerStart <= at)?.observerStart;
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
