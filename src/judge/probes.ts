/**
 * Probes that run between all nodes anyway: cilium-health (TCP 4240 and ICMP to health endpoints and hosts), mutual authentication (TCP
 * 4250) and the kubelet's port (TCP 10250). They tell whether nodes reach each other at all.
 */
import { MIN_ADDED_EDGE, NAMED_FAILED } from './constants.js';
import { addedShare, type EdgeSeries } from './edge-series.js';
import { FINE_TRIALS, directedPair, fineSeries, isCrossing, nodePair, pathOf, type PathEdge } from './path-edge.js';
import { plural } from './text.js';
import { protocolOf } from './traffic.js';

const HEALTH_PORT = 4240;
const AUTH_PORT = 4250;
const KUBELET_PORT = 10250;
/** An authentication port that never answers is shut, whatever it did before. */
const SHUT = 0.9;

const HOSTS = ['host', 'kube-apiserver'];

function isHealthProbe(one: PathEdge): boolean {
  const { dst, port } = one.edge;
  const protocol = protocolOf(one);
  return (
    (dst === 'health' || HOSTS.includes(dst)) && (protocol === 'ICMP' || (protocol === 'TCP' && port === HEALTH_PORT))
  );
}

function isAgentsPort({ edge: { dst, protocol, port } }: PathEdge, wanted: number): boolean {
  return HOSTS.includes(dst) && protocol === 'TCP' && port === wanted;
}

function isProbe(one: PathEdge): boolean {
  return isHealthProbe(one) || isAgentsPort(one, AUTH_PORT) || isAgentsPort(one, KUBELET_PORT);
}

/**
 * One sentence on probes over the paths of a failure between nodes; undefined where there are none, or they are all that fails.
 * @param isSilent no drop reason says where to look.
 */
export function probesSentence(
  failing: readonly PathEdge[],
  all: readonly EdgeSeries[],
  isSilent: boolean,
): string | undefined {
  const own = failing.filter((one) => isCrossing(one) && !isProbe(one));
  if (own.length === 0) return undefined;
  const ways = new Set(own.map(directedPair));
  const over = all.filter((one) => ways.has(directedPair(pathOf(one))));
  const fine = new Set(
    fineSeries(over, [])
      .filter((one) => isProbe(pathOf(one)))
      .map((one) => directedPair(pathOf(one))),
  );
  const broken = new Set(
    over.filter((one) => isProbe(pathOf(one)) && isBroken(one)).map((one) => directedPair(pathOf(one))),
  );
  const probes = 'Health probes over the same paths';
  if (broken.size > 0) {
    const pairs = new Set([...fine, ...broken]).size;
    return broken.size === pairs
      ? `${probes} fail too.`
      : `${probes} fail on ${broken.size} of ${plural(pairs, 'path')}.`;
  }
  const shut = isShut(new Set(own.map(nodePair)), all) ? 'TCP 4250 (mutual authentication) gets no answer' : undefined;
  if (fine.size === 0) return shut && `${shut} between these nodes.`;
  if (shut !== undefined) return `${probes} are fine, but ${shut}.`;
  return isSilent
    ? `${probes} are fine, so the nodes reach each other: look at policy, encryption or the pods' path.`
    : `${probes} are fine.`;
}

function isBroken(one: EdgeSeries): boolean {
  const failed = one.failed.of(one.slots.length);
  return (
    one.knownGood &&
    failed >= NAMED_FAILED &&
    addedShare(one.before, { failed, trials: one.slots.length }) >= MIN_ADDED_EDGE
  );
}

function isShut(pairs: ReadonlySet<string>, all: readonly EdgeSeries[]): boolean {
  const since = all.filter((one) => isAgentsPort(pathOf(one), AUTH_PORT) && pairs.has(nodePair(pathOf(one))));
  const trials = since.reduce((sum, one) => sum + one.slots.length, 0);
  const failed = since.reduce((sum, one) => sum + one.failed.of(one.slots.length), 0);
  return trials >= FINE_TRIALS && failed >= SHUT * trials;
}
