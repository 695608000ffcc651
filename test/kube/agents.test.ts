import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { agentChecks } from '../../src/doctor/agents.js';
import { KubeError } from '../../src/kube/kube-error.js';
import { agentNews, type AgentNews } from '../../src/kube/agent-news.js';
import { agentChanges, agentsOf, revisionsOf, type Agent } from '../../src/kube/agents.js';
import { watchAgents } from '../../src/kube/agent-watch.js';
import { itemsOf } from '../../src/kube/objects.js';
import { VirtualPace } from '../hubble/virtual-pace.js';
import { agentPod, type AgentShape } from './api-server.js';

const LATER = '2026-03-02T10:00:00Z';
const agents = (...shapes: AgentShape[]): Agent[] => agentsOf(shapes.map(agentPod));
const byNode = (known: readonly Agent[]) => new Map(known.map((agent) => [agent.node, agent]));
const news = (before: readonly Agent[], now: readonly Agent[]): AgentNews[] =>
  agentChanges(byNode(before), now).map(agentNews);

describe('agents', () => {
  it('are what their pods tell', () => {
    assert.deepEqual(agents({ node: 'b', restarts: 2, ready: false })[0], {
      node: 'b',
      pod: 'cilium-b',
      uid: 'uid of cilium-b',
      since: Date.parse('2026-03-01T10:00:00Z'),
      restarts: 2,
      containerSince: Date.parse('2026-03-01T10:00:00Z'),
      lastEnd: 'OOMKilled, 137',
      image: 'quay.io/cilium/cilium:v1.20.0',
      revision: 'aaa',
      ready: false,
    });
  });

  it('are one for each node: the newest that is not ending', () => {
    const found = agents(
      { node: 'b', pod: 'old' },
      { node: 'b', pod: 'new', since: LATER },
      { node: 'a', pod: 'stays' },
      { node: 'a', pod: 'goes', since: LATER, ending: true },
    );
    assert.deepEqual(
      found.map(({ node, pod }) => `${node} ${pod}`),
      ['a stays', 'b new'],
    );
  });

  it('are read from a list whatever is missing in it', () => {
    assert.deepEqual(itemsOf(null), []);
    assert.deepEqual(itemsOf({ items: 'many' }), []);
    const full = agentPod({ node: 'a', restarts: 1 });
    fc.assert(
      fc.property(fc.func(fc.boolean()), (keep) => {
        const pruned = JSON.parse(
          JSON.stringify(full, (key, value: unknown) => (/^\d*$/.test(key) || keep(key) ? value : undefined)) ?? '{}',
        ) as object;
        assert.ok(agentsOf(itemsOf({ items: [pruned, null] })).length <= 1);
      }),
    );
  });

  it('that are other pods are news, crashes are warnings', () => {
    const before = agents({ node: 'a' }, { node: 'b' }, { node: 'c' });
    const now = agents(
      { node: 'a', pod: 'x', revision: 'bbb', image: 'cilium:v1.20.1' },
      { node: 'b', restarts: 1 },
      { node: 'c' },
      { node: 'd' },
    );
    assert.deepEqual(news(before, before), []);
    assert.deepEqual(news(before, now), [
      { level: 'info', text: 'a: its agent is another pod, x of revision bbb (before: aaa), image cilium:v1.20.1' },
      {
        level: 'warn',
        text: "b: the agent's container of pod cilium-b ended and began anew by itself (OOMKilled, 137); restarts: 1; see: kubectl logs --previous",
      },
    ]);
    const [same] = news(before, agents({ node: 'a', pod: 'x' }));
    assert.equal(same?.text, 'a: its agent is another pod, x of the same revision aaa');
  });

  it('show how far the roll is', () => {
    const rolling = agents({ node: 'a' }, { node: 'b' }, { node: 'c', revision: 'bbb', since: LATER });
    assert.deepEqual(
      revisionsOf(rolling).map(({ revision, agents: count }) => [revision, count]),
      [
        ['bbb', 1],
        ['aaa', 2],
      ],
    );
    const states = (found: readonly Agent[]) => agentChecks(found).map(({ name, state }) => `${name} ${state}`);
    assert.deepEqual(states(rolling), ['agents warn', 'agents-ready ok']);
    assert.deepEqual(states(agents({ node: 'a' }, { node: 'b', ready: false })), ['agents ok', 'agents-ready warn']);
    assert.deepEqual(states([]), ['agents warn']);
  });
});

describe('watching agents', () => {
  const START = Date.parse('2026-03-01T10:00:00Z');

  /** What is told of looks that give or throw these, one after the other. */
  async function told(...looks: readonly (readonly Agent[] | Error)[]): Promise<{ lines: string[]; looks: number[] }> {
    const lines: string[] = [];
    const times: number[] = [];
    const stop = new AbortController();
    const pace = new VirtualPace(START);
    const look = (): Promise<readonly Agent[]> => {
      const next = looks[times.length];
      times.push(pace.now() - START);
      if (times.length === looks.length) queueMicrotask(() => queueMicrotask(() => stop.abort()));
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? []);
    };
    const ended = watchAgents(look, ({ level, text }) => lines.push(`${level} ${text}`), stop.signal, pace);
    await ended;
    return { lines, looks: times };
  }

  const GONE = new KubeError('unreachable', 'the API server is away');
  const FORBIDDEN = new KubeError('forbidden', 'not for you');

  it('looks every 15 s, and remembers a node whose pod is away', async () => {
    const { lines, looks } = await told(agents({ node: 'a' }), [], agents({ node: 'a', pod: 'x' }), []);
    assert.deepEqual(lines, ['info a: its agent is another pod, x of the same revision aaa']);
    assert.deepEqual(looks, [0, 15_000, 30_000, 45_000]);
  });

  it('warns once while it cannot look, and goes on', async () => {
    const crashed = agents({ node: 'a', restarts: 1 });
    const { lines } = await told(agents({ node: 'a' }), GONE, GONE, crashed, GONE, crashed);
    assert.deepEqual(
      lines.map((line) => line.slice(0, 32)),
      ['warn the pods of the agents are ', "warn a: the agent's container of", 'warn the pods of the agents are '],
    );
  });

  it('ends where it is forbidden', async () => {
    const { lines, looks } = await told(FORBIDDEN, agents({ node: 'a' }));
    assert.deepEqual(lines, ['warn the pods of the agents are not looked at: not for you']);
    assert.equal(looks.length, 1);
  });
});
