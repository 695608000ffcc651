/** What kind of traffic fails: protocol, port, address family and kinds of ends, as far as they tell it apart from what is fine. */
import { serviceOf, type PathEdge } from './path-edge.js';

/** What all failing edges have in common and fine edges on the same path have not. */
export interface Traffic {
  /** `TCP`, `UDP`, `ICMP` ...; empty: any. */
  readonly protocols: readonly string[];
  readonly port?: number;
  readonly family?: 4 | 6;
  /** A workload, or a kind of ends in the plural. */
  readonly source?: string;
  readonly destination?: string;
  /** What else is fine on the same path. */
  readonly fine: {
    readonly protocols: readonly string[];
    /** The same destination for other callers, and other destinations for the same caller. */
    readonly otherCallers: boolean;
    readonly otherDestinations: boolean;
  };
}

/** So many protocols are still a kind of traffic. */
const PROTOCOLS = 2;

export const familyOf = ({ edge }: PathEdge): 4 | 6 => edge.family ?? 4;
export const protocolOf = ({ edge }: PathEdge): string => (edge.protocol.startsWith('ICMP') ? 'ICMP' : edge.protocol);

/** `pods`, `hosts` ...: what an end is called among others of its kind; itself where it is none of many. */
function kindOf(end: string): string {
  if (end.includes('/')) return 'pods';
  if (end === 'host') return 'hosts';
  if (end === 'health') return 'health endpoints';
  if (end === 'world') return 'the outside';
  return end === 'unknown' ? 'unknown ends' : end;
}

/** Does an edge carry the same kind of traffic as the failing ones? One workload edge is a kind of its own. */
export function alikeTo(failing: readonly PathEdge[]): (one: PathEdge) => boolean {
  const families = new Set(failing.map(familyOf));
  const services = new Set(failing.map(serviceOf));
  if (services.size === 1) return (one) => services.has(serviceOf(one)) && families.has(familyOf(one));
  const protocols = new Set(failing.map(protocolOf));
  const ports = new Set(failing.map(({ edge }) => edge.port));
  const sources = new Set(failing.map(({ edge }) => kindOf(edge.src)));
  const destinations = new Set(failing.map(({ edge }) => kindOf(edge.dst)));
  return (one) =>
    families.has(familyOf(one)) &&
    protocols.has(protocolOf(one)) &&
    (ports.size > 1 || ports.has(one.edge.port)) &&
    sources.has(kindOf(one.edge.src)) &&
    destinations.has(kindOf(one.edge.dst));
}

/** @param fine edges on the same path. */
export function trafficOf(failing: readonly PathEdge[], fine: readonly PathEdge[]): Traffic {
  const isOneEdge = new Set(failing.map(serviceOf)).size === 1;
  // What one edge is needs no proof that others are fine.
  const named = <T>(of: (one: PathEdge) => T, most = 1): readonly T[] => {
    const values = [...new Set(failing.map(of))];
    const others = fine.some((one) => !values.includes(of(one)));
    return values.length <= most && (isOneEdge || others) ? values : [];
  };
  const protocols = [...named(protocolOf, PROTOCOLS)].sort().reverse();
  const [port = 0] = named(({ edge }) => edge.port);
  const end = (of: (one: PathEdge) => string) => {
    const [name] = named(of);
    return name?.includes('/') === true ? name : named((one) => kindOf(of(one)))[0];
  };
  const source = end(({ edge }) => edge.src);
  const destination = end(({ edge }) => edge.dst);
  const family = familyNamed(failing, fine);
  const [sources, destinations] = [ends(failing, 'src'), ends(failing, 'dst')];
  return {
    protocols,
    ...(protocols.length === 1 && port > 0 ? { port } : {}),
    ...(family === undefined ? {} : { family }),
    ...(source === undefined ? {} : { source }),
    ...(destination === undefined ? {} : { destination }),
    fine: {
      protocols: protocols.length === 0 ? [] : othersOf(protocols, fine),
      otherCallers:
        destinations.size === 1 && fine.some((one) => destinations.has(servedBy(one)) && !sources.has(one.edge.src)),
      otherDestinations:
        sources.size === 1 && fine.some((one) => sources.has(one.edge.src) && !destinations.has(servedBy(one))),
    },
  };
}

/** The family counts where the other one is fine for the same traffic. */
function familyNamed(failing: readonly PathEdge[], fine: readonly PathEdge[]): 4 | 6 | undefined {
  const [family, ...more] = new Set(failing.map(familyOf));
  if (family === undefined || more.length > 0) return undefined;
  const services = new Set(failing.map(serviceOf));
  return fine.some((one) => familyOf(one) !== family && services.has(serviceOf(one))) ? family : undefined;
}

const servedBy = ({ edge }: PathEdge) => `${edge.dst}\t${edge.protocol}\t${edge.port}`;

function ends(failing: readonly PathEdge[], end: 'src' | 'dst'): ReadonlySet<string> {
  return new Set(failing.map((one) => (end === 'src' ? one.edge.src : servedBy(one))));
}

function othersOf(protocols: readonly string[], fine: readonly PathEdge[]): string[] {
  return [...new Set(fine.map(protocolOf))]
    .filter((one) => !protocols.includes(one))
    .sort()
    .reverse();
}
