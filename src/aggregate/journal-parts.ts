/**
 * A journal in parts that another thread can be given: its bytes are shared, the rest is copied, and small beside them. For the other thread
 * it is a journal as it is now; what is added later, it does not see.
 */
import type { Edge } from './edge.js';
import { Journal, type AgentStartLine, type NodeSampleLine, type NodeStatusLine } from './journal.js';
import { NodeNames, Names } from './names.js';
import { PackedWindow } from './packed-window.js';

export interface JournalParts {
  readonly windowMs: number;
  readonly blocks: readonly Uint8Array[];
  readonly texts: readonly (readonly string[])[];
  /** What the windows of one node refer to; `texts` is the number of its texts. */
  readonly nodes: readonly { readonly node: string; readonly texts: number; readonly edges: readonly Edge[] }[];
  /** Four numbers a window: of its node, itself, of its block, and its place there. */
  readonly windows: Float64Array;
  /** Nodes and versions that the samples name, and five numbers a sample: node, time, state, start (NaN = not told), version. */
  readonly sampled: readonly string[];
  readonly samples: Float64Array;
  readonly statuses: readonly NodeStatusLine[];
  readonly starts: readonly AgentStartLine[];
}

export function partsOf({ windowMs, windows, samples, statuses, starts }: Journal): JournalParts {
  const blocks = new Numbers<Uint8Array>();
  const names = new Numbers<Names>();
  const nodes = new Numbers<NodeNames>();
  const places = new Float64Array(windows.length * 4);
  windows.forEach(({ edges, window, bytes, at }, i) => {
    places.set([nodes.of(edges), window, blocks.of(bytes), at], i * 4);
  });
  return {
    windowMs,
    blocks: blocks.all(),
    nodes: nodes.all().map((one) => ({ node: one.node, texts: names.of(one.names), edges: one.edges() })),
    texts: names.all().map((one) => one.texts()),
    windows: places,
    ...samplesOf(samples),
    statuses,
    starts,
  };
}

export function journalOf(parts: JournalParts): Journal {
  const { windowMs, blocks, texts, nodes, windows } = parts;
  const journal = new Journal(windowMs);
  const names = texts.map((one) => new Names(one));
  const named = nodes.map(({ node, texts: of, edges }) => new NodeNames(node, at(names, of), edges));
  for (let i = 0; i < windows.length; i += 4) {
    const [node = 0, window = 0, block = 0, place = 0] = windows.subarray(i, i + 4);
    journal.windows.push(new PackedWindow(at(named, node), window, at(blocks, block), place));
  }
  for (const lines of [samplesIn(parts), parts.statuses, parts.starts]) for (const line of lines) journal.add(line);
  return journal;
}

function samplesOf(lines: readonly NodeSampleLine[]): Pick<JournalParts, 'sampled' | 'samples'> {
  const sampled = new Numbers<string>();
  const samples = new Float64Array(lines.length * 5);
  lines.forEach(({ node, time, state, startedAt, version }, i) => {
    samples.set([sampled.of(node), time, state, startedAt ?? Number.NaN, sampled.of(version)], i * 5);
  });
  return { sampled: sampled.all(), samples };
}

function* samplesIn({ sampled, samples }: JournalParts): Generator<NodeSampleLine> {
  for (let i = 0; i < samples.length; i += 5) {
    const [node = 0, time = 0, state = 0, startedAt = Number.NaN, version = 0] = samples.subarray(i, i + 5);
    yield {
      kind: 'sample',
      node: at(sampled, node),
      time,
      state,
      startedAt: Number.isNaN(startedAt) ? null : startedAt,
      version: at(sampled, version),
    };
  }
}

/** Objects by the order in which they were first met. */
class Numbers<T> {
  readonly #numbers = new Map<T, number>();

  of(value: T): number {
    let number = this.#numbers.get(value);
    if (number === undefined) this.#numbers.set(value, (number = this.#numbers.size));
    return number;
  }

  all(): T[] {
    return [...this.#numbers.keys()];
  }
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`there is no part ${index}, only ${list.length}`);
  return value;
}
