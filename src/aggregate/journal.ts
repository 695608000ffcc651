import type {
  AgentStartLine,
  JournalHeader,
  JournalLine,
  NodeSampleLine,
  NodeStatusLine,
  NodeWindow,
} from './journal-lines.js';
import { plainWindow, type PackedWindow } from './packed-window.js';
import { WindowPacker } from './window-packer.js';

export type * from './journal-lines.js';

/** A silence is noted from here on; what it means is for the rollout to say. */
export const SILENCE_MS = 2000;

export const JOURNAL_SCHEMA: JournalHeader['schema'] = 'hubble-soak/journal/v1';

/** The line that every journal begins with. */
export function headerLine(windowMs: number): JournalHeader {
  return { kind: 'journal', schema: JOURNAL_SCHEMA, windowMs };
}

export class Journal {
  readonly windowMs: number;
  readonly windows: PackedWindow[] = [];
  readonly samples: NodeSampleLine[] = [];
  readonly statuses: NodeStatusLine[] = [];
  readonly starts: AgentStartLine[] = [];
  readonly #packer = new WindowPacker();

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  add(line: Exclude<JournalLine, JournalHeader>): void {
    switch (line.kind) {
      case 'window':
        this.windows.push(this.#packer.pack(line));
        return;
      case 'sample':
        this.samples.push(line);
        return;
      case 'status':
        this.statuses.push(line);
        return;
      case 'agent-start':
        this.starts.push(line);
        return;
    }
  }

  *lines(): Generator<JournalLine> {
    yield headerLine(this.windowMs);
    for (const line of this.windows) yield plainWindow(line);
    yield* this.samples;
    yield* this.statuses;
    yield* this.starts;
  }
}

/**
 * Puts journals together that saw disjoint sets of nodes, or consecutive times. Associative and commutative: the result is sorted.
 * @throws RangeError when the window lengths differ.
 */
export function merge(journals: readonly Journal[]): Journal {
  const [first] = journals;
  const merged = new Journal(first?.windowMs ?? 10_000);
  for (const journal of journals) {
    if (journal.windowMs !== merged.windowMs)
      throw new RangeError(
        `journals with windows of ${merged.windowMs} ms and ${journal.windowMs} ms cannot be merged`,
      );
    for (const lines of [journal.windows, journal.samples, journal.statuses, journal.starts])
      for (const line of lines) merged.add(line);
  }
  const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  // Ties (late flows told twice, say) are rare; their content orders them.
  const content = (a: JournalLine, b: JournalLine) => text(JSON.stringify(a), JSON.stringify(b));
  merged.windows.sort(
    (a, b) => a.window - b.window || text(a.node, b.node) || (a.firstFlow ?? 0) - (b.firstFlow ?? 0) || content(a, b),
  );
  const byTime = (a: Exclude<JournalLine, JournalHeader | NodeWindow>, b: typeof a) =>
    a.time - b.time || text(a.node, b.node) || content(a, b);
  merged.samples.sort(byTime);
  merged.statuses.sort(byTime);
  merged.starts.sort(byTime);
  return merged;
}
