/** Which pod of the relay's service is forwarded to, and to which of its ports. Pure. */
import { isReady, readySince, type PodObject, type ServiceObject } from './objects.js';

export interface RelayTarget {
  readonly pod: string;
  readonly port: number;
}

/** Why there is none, as the end of a sentence. */
export interface NoTarget {
  readonly problem: string;
}

/**
 * As the hubble CLI: the service's first port, and of its pods the one that has been ready for longest. A relay that is not ready still
 * serves (it is not ready for 30 s whenever the agent beside it restarts), so that it is taken where no other is there.
 */
export function relayTarget(service: ServiceObject, pods: readonly PodObject[]): RelayTarget | NoTarget {
  const [pod] = pods.filter(isUsable).toSorted(byReadiness);
  const name = pod?.metadata?.name;
  if (pod === undefined || name === undefined) return { problem: noPod(pods) };
  const [first] = service.spec?.ports ?? [];
  if (first === undefined) return { problem: 'it has no ports' };
  const wanted = first.targetPort ?? first.port;
  const port = typeof wanted === 'string' ? namedPort(pod, wanted) : wanted;
  if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535)
    return { problem: `pod ${name} has no port '${String(wanted)}', which the service is for` };
  return { pod: name, port };
}

/** `app=a,tier=b` for the service's pods; undefined where it has no selector. */
export function selectorOf({ spec }: ServiceObject): string | undefined {
  const pairs = Object.entries(spec?.selector ?? {});
  return pairs.length === 0 ? undefined : pairs.map(([key, value]) => `${key}=${value}`).join(',');
}

function isUsable({ metadata, status }: PodObject): boolean {
  return metadata?.deletionTimestamp === undefined && status?.phase === 'Running';
}

function byReadiness(a: PodObject, b: PodObject): number {
  return (
    Number(isReady(b)) - Number(isReady(a)) ||
    (readySince(a) || Infinity) - (readySince(b) || Infinity) ||
    (a.metadata?.name ?? '').localeCompare(b.metadata?.name ?? '')
  );
}

function namedPort(pod: PodObject, name: string): number | undefined {
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.find((one) => one.name === name)?.containerPort;
}

function noPod(pods: readonly PodObject[]): string {
  if (pods.length === 0) return 'no pod is behind it';
  const each = pods.map(
    ({ metadata, status }) =>
      `${metadata?.name ?? '?'} is ${metadata?.deletionTimestamp === undefined ? (status?.phase ?? 'in no phase') : 'ending'}`,
  );
  return `none of its pods is running (${each.join(', ')})`;
}
