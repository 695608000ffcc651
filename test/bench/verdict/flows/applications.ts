/** What applications do by themselves, whatever the roll does: they break, end, are scaled down, run now and then. */
import { Random } from '../../../simulator/random.js';
import type { Disturbed } from './disturbances.js';
import { nodeName } from './plan.js';

/** Not in the last minutes: then nothing of it would be seen. */
const SEEN_FOR = 8;
const PER_MINUTE = 3;

/** Servers that answer less, or nothing, from a moment of their own on: to all of their callers. */
export function planBreakdowns({ plan, soak, services, minutes, seed }: Disturbed): void {
  const { count, share } = soak.noise.breakdowns;
  const random = new Random(seed, 'breakdowns');
  for (let k = 0; k < count; k++) {
    const { name } = random.pick(services.inner);
    const from = random.between(2, minutes - SEEN_FOR);
    plan.effects.push({ kind: 'silent', leg: 'request', share, where: { to: name }, when: { from } });
  }
}

/** Clients that end for good at any time, a service that loses one of its pods in mid-roll, and jobs of a minute. */
export function planEndings({ plan, soak, services, minutes, seed }: Disturbed): void {
  if (!soak.noise.endings) return;
  const random = new Random(seed, 'endings');
  const anyNode = () => nodeName(random.integer(0, soak.nodes - 1));
  const client = (name: string, node: string) => {
    plan.pod(name, node);
    plan.fixed.add(name);
    const { name: to, port } = random.pick(services.inner);
    return { from: name, to, protocol: 'TCP', port, perMinute: PER_MINUTE } as const;
  };
  for (let k = 0; k < soak.nodes; k++) {
    const until = random.between(2, minutes - SEEN_FOR);
    plan.edges.push({ ...client(`app/ending-${k}`, anyNode()), when: { until } });
    const everySeconds = random.integer(4, 12) * 60;
    plan.edges.push({
      ...client(`app/job-${k}`, anyNode()),
      perMinute: 6,
      when: { bursts: { everySeconds, forSeconds: 60 } },
    });
  }
  planScaleDown({ plan, soak, seed });
}

/** On each node a client whose names are resolved through its proxy; their workloads. */
export function planProxied({ plan, soak, services }: Disturbed): string[] {
  const { dns } = services;
  return Array.from({ length: soak.nodes }, (_, node) => {
    const from = `app/proxied-${node}`;
    plan.pod(from, nodeName(node));
    plan.fixed.add(from);
    const answers = { kind: 'dns', at: 'egress', failing: 0.005 } as const;
    plan.edges.push({ from, to: dns.name, protocol: dns.protocol, port: dns.port, perMinute: 6, answers });
    return from;
  });
}

/** A server behind proxies, with callers on three nodes, that answers 503 from a moment of its own on. */
export function planFailingServer({ plan, soak, minutes, seed }: Disturbed): void {
  if (!soak.noise.failingServer) return;
  const random = new Random(seed, 'failing server');
  const to = 'app/http';
  const first = random.integer(0, soak.nodes - 1);
  plan.pod(to, nodeName(first));
  plan.fixed.add(to);
  for (let k = 1; k <= 3; k++) {
    const from = `app/http-client-${k}`;
    plan.pod(from, nodeName((first + k) % soak.nodes));
    plan.fixed.add(from);
    const answers = { kind: 'http', at: 'ingress', failing: 0.005 } as const;
    plan.edges.push({ from, to, protocol: 'TCP', port: 8080, perMinute: 6, answers });
  }
  const from = random.between(2, minutes - SEEN_FOR);
  plan.effects.push({ kind: 'answer', code: 503, share: 0.5, where: { to }, when: { from } });
}

/** A service with a pod on three nodes; the last one goes while the nodes restart, and its callers call the others. */
function planScaleDown({ plan, soak, seed }: Pick<Disturbed, 'plan' | 'soak' | 'seed'>): void {
  const random = new Random(seed, 'scale-down');
  const name = 'app/scaled';
  const first = random.integer(0, soak.nodes - 1);
  const nodes = [0, 1, 2].map((k) => nodeName((first + k) % soak.nodes));
  for (const node of nodes) plan.pod(name, node);
  plan.fixed.add(name);
  const until = soak.baseline + random.between(0.1, 0.9) * soak.gap * soak.nodes;
  for (let k = 0; k < 4; k++) {
    const from = `app/scaled-client-${k}`;
    plan.pod(from, nodeName(random.integer(0, soak.nodes - 1)));
    plan.fixed.add(from);
    const edge = { from, to: name, protocol: 'TCP', port: 8700 } as const;
    nodes.forEach((node, i) => {
      const destinationNodes = [node];
      plan.edges.push({ ...edge, destinationNodes, perMinute: 2, ...(i === 2 ? { when: { until } } : {}) });
      if (i < 2) plan.edges.push({ ...edge, destinationNodes, perMinute: 1, when: { from: until } });
    });
  }
}
