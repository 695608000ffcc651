import type { Restart } from './restarts.js';
import type { Span } from './sight.js';

export type Phase = 'baseline' | 'blind' | 'settle' | 'soak' | 'late';

export interface PhaseSpan extends Span {
  readonly phase: Phase;
}

/**
 * The phase `late` begins this long after the flows came back: agents keep what they knew of identities for ten minutes (the restore grace
 * period), and caches, neighbour entries and maps take as long to run out or to fill up.
 */
export const LATE_MS = 600_000;

/**
 * The phases of a node from its first flow to `end`, ms: one behind the other, without gaps, and `blind` where it could not be seen
 * (spans in order of time and apart from each other).
 */
export function phases(
  firstFlow: number,
  restarts: readonly Restart[],
  blind: readonly Span[],
  settleMs: number,
  end: number,
): PhaseSpan[] {
  const spans: PhaseSpan[] = [];
  if (!Number.isFinite(firstFlow)) return spans;
  const add = (phase: Phase, from: number, to: number): void => {
    if (to <= from) return;
    const last = spans.at(-1);
    if (last?.phase === phase && last.to === from) spans[spans.length - 1] = { ...last, to };
    else spans.push({ phase, from, to });
  };
  for (const stage of stages(firstFlow, restarts, settleMs, end)) {
    let at = stage.from;
    for (const span of blind) {
      if (span.to <= at || span.from >= stage.to) continue;
      const blindUntil = Math.min(span.to, stage.to);
      add(stage.phase, at, span.from);
      add('blind', Math.max(at, span.from), blindUntil);
      at = blindUntil;
    }
    add(stage.phase, at, stage.to);
  }
  return spans;
}

/** The phases as the returns of the node alone make them. */
function stages(firstFlow: number, restarts: readonly Restart[], settleMs: number, end: number): PhaseSpan[] {
  const found: PhaseSpan[] = [];
  let phase: Phase = 'baseline';
  let from = firstFlow;
  const until = (to: number, next: Phase): void => {
    const cut = Math.min(to, end);
    if (cut > from) {
      found.push({ phase, from, to: cut });
      from = cut;
    }
    phase = next;
  };
  restarts.forEach((restart, i) => {
    until(restart.firstFlow, 'settle');
    const next = restarts[i + 1]?.firstFlow ?? end;
    until(Math.min(next, restart.firstFlow + settleMs), 'soak');
    until(Math.min(next, restart.firstFlow + Math.max(LATE_MS, settleMs)), 'late');
  });
  until(end, 'late');
  return found;
}
