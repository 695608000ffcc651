/** What the roll may do after each node: go on, stop, or wait. Pure. */
import { parseTime } from '../../hubble/time.js';
import type { NodeSummary, VerdictDocument } from '../../judge/document.js';
import { watchedMs, type Settings } from '../../judge/settings.js';

export interface Decision {
  readonly schema: 'hubble-soak/decision/v1';
  readonly decision: 'go' | 'stop' | 'wait';
  /** The node that has been soaked, and which of its restarts that was, from 1. */
  readonly node: string;
  readonly restart: number;
  /** One sentence. */
  readonly why: string;
  readonly knob: string | null;
  /** RFC 3339, in the time of the flows. */
  readonly at: string | null;
}

/** Tells a decision on each restarted node when there is one, and again when it changes. */
export class Decisions {
  readonly #settings: Settings;
  readonly #told = new Map<string, Decision['decision']>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  since(document: VerdictDocument): Decision[] {
    return document.nodes.flatMap((node) => {
      const decided = this.#decide(node, document);
      const key = `${node.name}\t${node.restarts.length}`;
      // A FAIL is final for the soak: what was stopped is never let go.
      if (decided === undefined || this.#told.get(key) === decided.decision || this.#told.get(key) === 'stop')
        return [];
      this.#told.set(key, decided.decision);
      return [
        {
          schema: 'hubble-soak/decision/v1',
          decision: decided.decision,
          node: node.name,
          restart: node.restarts.length,
          why: decided.why,
          knob: document.soak.knob,
          at: document.soak.to,
        } satisfies Decision,
      ];
    });
  }

  #decide(
    node: NodeSummary,
    document: VerdictDocument,
  ): { readonly decision: Decision['decision']; readonly why: string } | undefined {
    if (node.restarts.length === 0) return undefined;
    if (document.verdict === 'fail') return { decision: 'stop', why: document.summary };
    if (node.verdict === 'pass') return { decision: 'go', why: `${node.name} has passed.` };
    if (!this.#isSoaked(node, document)) return undefined;
    const own = document.missing.filter((sentence) => sentence.split(/[\s,]+/).includes(node.name));
    return { decision: 'wait', why: (own.length > 0 ? own : document.missing)[0] ?? 'Not enough was seen.' };
  }

  /** Has it been watched for as long as the settings ask? */
  #isSoaked({ restarts }: NodeSummary, { soak }: VerdictDocument): boolean {
    const last = restarts.at(-1);
    if (last === undefined || soak.to === null) return false;
    return parseTime(soak.to) >= parseTime(last.at) + watchedMs(this.#settings);
  }
}
