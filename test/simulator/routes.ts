/** Which nodes see a connection, and at which points of the datapath: VXLAN between nodes, no masquerading by BPF. */
import type { End } from './cluster.js';

/** An observation point of the datapath. Where there is no connection tracking, Hubble knows neither direction nor reply. */
export interface Point {
  readonly subType: number;
  readonly tracePoint: number;
  readonly tracked: boolean;
}

const TO_ENDPOINT: Point = { subType: 0, tracePoint: 101, tracked: true };
const TO_STACK: Point = { subType: 3, tracePoint: 3, tracked: true };
const TO_OVERLAY: Point = { subType: 4, tracePoint: 4, tracked: true };
const UNTRACKED_STACK: Point = { ...TO_STACK, tracked: false };
const UNTRACKED_OVERLAY: Point = { ...TO_OVERLAY, tracked: false };
const UNTRACKED_NETWORK: Point = { subType: 11, tracePoint: 11, tracked: false };

/** Where a request and its answer are seen: on the node of the initiating end (`near`) and on that of the answering end (`far`). */
export interface Route {
  readonly near: Point | undefined;
  readonly far: Point | undefined;
  readonly answerFar: Point | undefined;
  readonly answerNear: Point | undefined;
}

const NOWHERE: Route = { near: undefined, far: undefined, answerFar: undefined, answerNear: undefined };
const ARRIVING: Route = { ...NOWHERE, far: TO_ENDPOINT, answerFar: TO_STACK };
const LEAVING: Route = { ...NOWHERE, near: TO_STACK, answerNear: TO_ENDPOINT };
const WITHIN: Route = { ...NOWHERE, far: TO_ENDPOINT, answerNear: TO_ENDPOINT };
const BETWEEN_HOSTS: Route = { ...NOWHERE, near: UNTRACKED_NETWORK, answerFar: UNTRACKED_NETWORK };
const FROM_HOST: Route = {
  near: UNTRACKED_OVERLAY,
  far: TO_ENDPOINT,
  answerFar: TO_OVERLAY,
  answerNear: UNTRACKED_STACK,
};
const BETWEEN_NODES: Route = { near: TO_OVERLAY, far: TO_ENDPOINT, answerFar: TO_OVERLAY, answerNear: TO_ENDPOINT };

/** The route between two ends. */
export function routeOf(from: End, to: End): Route {
  if (from.kind === 'world') return ARRIVING;
  if (from.node === to.node) {
    if (from.kind === 'host') return to.kind === 'host' ? NOWHERE : ARRIVING;
    return to.kind === 'host' ? LEAVING : WITHIN;
  }
  if (from.kind === 'host') return to.kind === 'host' ? BETWEEN_HOSTS : FROM_HOST;
  // To the world and to a node's own address a pod's packets leave masqueraded: the far side knows nothing of the pod.
  return to.kind === 'world' || to.kind === 'host' ? LEAVING : BETWEEN_NODES;
}
