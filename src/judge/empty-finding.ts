import type { Finding } from './document.js';

/** A finding that says nothing yet, for those that no e-value decided. */
export const EMPTY: Finding = {
  id: '',
  class: 'visibility',
  kind: 'sight',
  severity: 'info',
  nodes: [],
  peers: [],
  direction: null,
  reason: null,
  reasonName: null,
  scope: 'node',
  where: '',
  edges: [],
  before: null,
  after: null,
  control: null,
  evidence: null,
  firstSeen: null,
  lastSeen: null,
  examples: [],
  nextCommand: null,
  says: '',
};
