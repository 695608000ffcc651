/** What GetNodes says while a script is played. */
import { NODE_STATE } from './event.js';
import { nodeStateName } from './names.js';
import type { NodeJson, ReplayNodes } from './replay-nodes.js';
import { addressOf, type Outages } from './replay-outages.js';

/** The counters that an agent begins anew. */
const COUNTERS = ['num_flows', 'seen_flows'] as const;

export class ReplayPeers {
  readonly #nodes: ReplayNodes;
  readonly #outages: Outages;
  readonly #start: number;

  /** `start`: recorded time of what the outages count from. */
  constructor(nodes: ReplayNodes, outages: Outages, start: number) {
    this.#nodes = nodes;
    this.#outages = outages;
    this.#start = start;
  }

  /** As of a recorded time. */
  at(time: number): NodeJson[] {
    const now = time - this.#start;
    return this.#nodes.at(time).flatMap((json): NodeJson[] => {
      const name = String(json['name']);
      switch (this.#outages.state(name, now)) {
        case 'no-peer':
          return [];
        case 'error':
          return [this.#away(json, NODE_STATE.ERROR)];
        case 'unavailable':
          return [this.#away(json, NODE_STATE.UNAVAILABLE)];
        case 'connected':
          return [this.#begunAnew(json, name, now)];
      }
    });
  }

  /** Nothing else is known of a node that cannot be asked. */
  #away({ name, address, tls }: NodeJson, state: number): NodeJson {
    const index = this.#outages.nodes.indexOf(String(name));
    return { name, address: address ?? addressOf(index), state: nodeStateName(state), tls: tls ?? {} };
  }

  #begunAnew(json: NodeJson, name: string, now: number): NodeJson {
    const began = this.#outages.began(name, now);
    if (began === Number.NEGATIVE_INFINITY) return json;
    const was = Number(json['uptime_ns'] ?? Number.POSITIVE_INFINITY);
    const uptime = Math.min(was, Math.max(1, Math.round((now - began) * 1e6)));
    const then = this.#nodes.at(this.#start + began).find((one) => one['name'] === name);
    const counts = COUNTERS.flatMap((key) => {
      const since = Number(json[key] ?? 0) - Number(then?.[key] ?? 0);
      return json[key] === undefined || since < 0 ? [] : [[key, String(since)] as const];
    });
    return { ...json, uptime_ns: String(uptime), ...Object.fromEntries(counts) };
  }
}
