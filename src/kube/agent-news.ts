/** Changes of agents as lines of a log. Pure. */
import type { AgentChange } from './agents.js';

export interface AgentNews {
  readonly level: 'info' | 'warn';
  readonly text: string;
}

export function agentNews({ kind, before, agent }: AgentChange): AgentNews {
  switch (kind) {
    case 'replaced': {
      const what =
        before.revision === agent.revision
          ? `of the same revision ${agent.revision || '?'}`
          : `of revision ${agent.revision || '?'} (before: ${before.revision || '?'})`;
      const image = before.image === agent.image ? '' : `, image ${agent.image}`;
      return { level: 'info', text: `${agent.node}: its agent is another pod, ${agent.pod} ${what}${image}` };
    }
    case 'restarted': {
      const why = agent.lastEnd === '' ? '' : ` (${agent.lastEnd})`;
      return {
        level: 'warn',
        text: `${agent.node}: the agent's container of pod ${agent.pod} ended and began anew by itself${why}; restarts: ${agent.restarts}; see: kubectl logs --previous`,
      };
    }
  }
}
