/** What proxies show of answers: a record of the request and one of its response, from the proxy of one side's node. */
import { DIRECTION, EVENT_TYPE, L7_TYPE, VERDICT } from '../../src/hubble/event.js';
import type { L7 } from '../../src/hubble/event.js';
import type { Attempt } from './attempt.js';
import { headerOf } from './attempt.js';
import { splitName } from './cluster.js';
import type { Effects } from './effects.js';
import type { FlowWriter } from './flow-writer.js';
import { Random } from './random.js';
import type { Scenario } from './scenario.js';

/** What a client asks, and the code that it gets: DNS rcode, HTTP status. */
interface Exchange {
  readonly request: L7;
  readonly response: L7;
}

export class Proxy {
  readonly #flows: FlowWriter;
  readonly #effects: Effects;
  readonly #random: Random;

  constructor(scenario: Scenario, flows: FlowWriter, effects: Effects) {
    this.#flows = flows;
    this.#effects = effects;
    this.#random = new Random(scenario.seed, 'proxies');
  }

  /** Shows the exchange on a connection that was opened at `at`, microseconds since the start, if a proxy sees it. */
  show(attempt: Attempt, at: number): void {
    const { answers } = attempt.edge;
    if (answers === undefined) return;
    const node = answers.at === 'egress' ? attempt.from.node : attempt.to.node;
    if (node === undefined) return;
    const code = this.#effects.answerCode(attempt, at);
    const { request, response } = answers.kind === 'dns' ? dns(attempt, code) : http(attempt, code);
    // The DNS proxy says EGRESS whatever it does.
    const direction = answers.at === 'egress' || answers.kind === 'dns' ? DIRECTION.EGRESS : DIRECTION.INGRESS;
    const common = { eventType: EVENT_TYPE.L7, subType: 0, verdict: VERDICT.FORWARDED, direction, tcpFlags: 0 };
    const asked = at + this.#random.integer(20, 200);
    this.#flows.write(asked, node, headerOf(attempt, node, false), { ...common, isReply: false, l7: request });
    const answered = asked + this.#random.integer(400, 20_000);
    this.#flows.write(answered, node, headerOf(attempt, node, true), { ...common, isReply: true, l7: response });
  }
}

function dns(attempt: Attempt, rcode: number): Exchange {
  const query = `${splitName(attempt.from.name).name}-backend.svc.cluster.local.`;
  return {
    request: { type: L7_TYPE.REQUEST, dns: { query, rcode: 0 } },
    response: { type: L7_TYPE.RESPONSE, dns: { query, rcode } },
  };
}

function http({ to, edge }: Attempt, code: number): Exchange {
  const { namespace, name } = splitName(to.name);
  const asked = { method: 'GET', url: `http://${name}.${namespace}:${edge.port}/items` };
  return {
    request: { type: L7_TYPE.REQUEST, http: { code: 0, ...asked } },
    response: { type: L7_TYPE.RESPONSE, http: { code, ...asked } },
  };
}
