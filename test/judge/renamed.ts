import type { SoakEvent } from '../../src/hubble/event.js';

/** The same events with other node names. */
export function renamed(events: readonly SoakEvent[], name: (node: string) => string): SoakEvent[] {
  return events.map((event): SoakEvent => {
    switch (event.kind) {
      case 'flow':
      case 'lost':
      case 'agent-event':
      case 'other':
        return { ...event, node: name(event.node) };
      case 'node-status':
        return { ...event, nodes: event.nodes.map(name) };
      case 'node-samples':
        return { ...event, nodes: event.nodes.map((sample) => ({ ...sample, name: name(sample.name) })) };
    }
  });
}
