/** Events beside attempts for the soaks of this folder: answers that proxies see, verdicts of policies, talk of long-lived connections. */
import { DIRECTION, EVENT_TYPE, L7_TYPE, TCP_FLAG, VERDICT, type FlowRecord } from '../../src/hubble/event.js';
import { Random } from '../simulator/random.js';
import { endpoint, MINUTE, START, type End, type SeenFlow } from './soak.js';

interface Between {
  readonly from: End;
  readonly to: End;
  readonly port?: number;
  readonly perMinute?: number;
  /** Minutes of the first and last event. */
  readonly since?: number;
  readonly until: number;
}

type Answer = { readonly rcode: number } | { readonly http: number } | 'error' | 'denied';

/** What a proxy on `proxy` (else on the client's node) sees: one answer for each request. */
export function answers(
  of: Between & {
    readonly proxy?: string;
    readonly ingress?: boolean;
    readonly answer: (minute: number, random: Random) => Answer;
  },
): SeenFlow[] {
  const proxy = of.proxy ?? of.from.node;
  return spread(of, 'answers', (time, minute, random) => {
    const answer = of.answer(minute, random);
    const l7 =
      typeof answer === 'string'
        ? { type: L7_TYPE.REQUEST, http: { code: 0, method: 'GET', url: '/' } }
        : 'rcode' in answer
          ? { type: L7_TYPE.RESPONSE, dns: { query: 'a.b.', rcode: answer.rcode } }
          : { type: L7_TYPE.RESPONSE, http: { code: answer.http, method: 'GET', url: '/' } };
    const isReply = l7.type === L7_TYPE.RESPONSE;
    return {
      node: proxy,
      time,
      fields: {
        ...ends(of, proxy, isReply),
        eventType: EVENT_TYPE.L7,
        protocol: typeof answer !== 'string' && 'rcode' in answer ? 'UDP' : 'TCP',
        direction: of.ingress === true ? DIRECTION.INGRESS : DIRECTION.EGRESS,
        verdict: answer === 'error' ? VERDICT.ERROR : answer === 'denied' ? VERDICT.DROPPED : VERDICT.FORWARDED,
        l7,
      },
    };
  });
}

interface Verdict {
  readonly verdict: 'allowed' | 'denied' | 'audited';
  readonly by?: readonly string[];
  readonly revision?: number;
}

/** A verdict for each connection, by the source's node (egress) or the destination's. */
export function verdicts(
  of: Between & { readonly ingress?: boolean; readonly verdict: (minute: number, random: Random) => Verdict },
): SeenFlow[] {
  const node = of.ingress === true ? of.to.node : of.from.node;
  return spread(of, `verdicts ${of.ingress === true ? 'in' : 'out'}`, (time, minute, random) => {
    const { verdict, by = [], revision = 0 } = of.verdict(minute, random);
    return {
      node,
      time,
      fields: {
        ...ends(of, node, false),
        eventType: EVENT_TYPE.POLICY_VERDICT,
        direction: of.ingress === true ? DIRECTION.INGRESS : DIRECTION.EGRESS,
        verdict: { allowed: VERDICT.FORWARDED, denied: VERDICT.DROPPED, audited: VERDICT.AUDIT }[verdict],
        dropReason: verdict === 'denied' ? 133 : 0,
        policyRevision: revision,
        ...(verdict === 'denied' ? { deniedBy: by } : { allowedBy: by }),
      },
    };
  });
}

/** Packets of a connection that is there all the time, as both nodes see them: client to server, or replies. */
export function talk(of: Between & { readonly reply?: boolean }): SeenFlow[] {
  const isReply = of.reply === true;
  const nodes = [...new Set([of.from.node, of.to.node])].filter((node) => node !== '');
  return nodes.flatMap((node) =>
    spread(of, `talk ${node}${isReply ? ' back' : ''}`, (time) => ({
      node,
      time,
      fields: { ...ends(of, node, isReply), tcpFlags: TCP_FLAG.ACK },
    })),
  );
}

function spread(
  of: Between,
  what: string,
  make: (time: number, minute: number, random: Random) => SeenFlow,
): SeenFlow[] {
  const random = new Random(1, what, of.from.pod, of.to.pod, of.port ?? 80);
  const every = MINUTE / (of.perMinute ?? 6);
  const seen: SeenFlow[] = [];
  for (let time = START + (of.since ?? 0) * MINUTE; time < START + of.until * MINUTE; time += every) {
    const at = time + random.next() * every * 0.9;
    seen.push(make(at, (at - START) / MINUTE, random));
  }
  return seen;
}

function ends({ from, to, port = 80 }: Between, observer: string, isReply: boolean): Partial<FlowRecord> {
  const [source, destination] = isReply ? [to, from] : [from, to];
  return {
    isReply,
    sourceIp: source.ip,
    destinationIp: destination.ip,
    source: endpoint(source, observer),
    destination: endpoint(destination, observer),
    sourcePort: isReply ? port : 41_000,
    destinationPort: isReply ? 41_000 : port,
  };
}
