/**
 * Knobs whose harm may come minutes after the restart that turns them: what fills up, or runs out, takes its time. A PASS then wants some of
 * the late phase, which begins ten minutes after a node's flows came back. What comes after hours no gate can wait for.
 */

export interface SlowOnset {
  /** How much of the late phase a PASS wants, ms. */
  readonly lateMs: number;
  /** What takes its time, as in `may fail late (NAT map fill)`. */
  readonly why: string;
}

interface Row {
  /** Helm paths (a path stands for all below it), and names that people use. */
  readonly knobs: readonly string[];
  readonly why: string;
}

const LATE_MS = 300_000;

const ROWS: readonly Row[] = [
  { knobs: ['bpf.masquerade', 'bpf.natMax', 'nat'], why: 'NAT map fill' },
  {
    knobs: ['bpf.ctTcpMax', 'bpf.ctAnyMax', 'bpf.mapDynamicSizeRatio', 'bpf.distributedLRU'],
    why: 'connection tracking map fill',
  },
  { knobs: ['conntrackGCInterval', 'conntrackGCMaxInterval', 'bpfClockProbe'], why: 'connection tracking expiry' },
  { knobs: ['bpf.policyMapMax'], why: 'policy map fill' },
  { knobs: ['bpf.datapathMode', 'netkit'], why: 'expiry of neighbour entries, and pods that start later' },
  { knobs: ['bandwidthManager', 'bbr'], why: 'queues that fill under load, and pods that start later' },
  {
    knobs: ['encryption', 'nodeEncryption', 'wireguard', 'ipsec'],
    why: 'path MTU expiry, key rotation, and peers that join later',
  },
  { knobs: ['authentication', 'mutualAuth', 'spire'], why: 'expiry of cached authentications' },
  { knobs: ['dnsProxy', 'toFQDNs', 'fqdn'], why: 'DNS TTL expiry' },
  { knobs: ['bpf.hostLegacyRouting', 'hostRouting'], why: 'DNS caches that hide it' },
  { knobs: ['socketLB', 'kubeProxyReplacement'], why: 'sockets that keep their translation until they close' },
  { knobs: ['loadBalancer.mode', 'dsr', 'MTU', 'pmtuDiscovery'], why: 'path MTU expiry' },
  { knobs: ['ciliumEndpointSlice', 'identityManagementMode'], why: 'pods that start later' },
  { knobs: ['policyEnforcementMode'], why: 'the identity grace period' },
  { knobs: ['resources'], why: 'memory that runs out' },
  {
    knobs: ['image.tag', 'upgradeCompatibility', 'version', 'ciliumVersion', 'ciliumUpgrade', 'upgrade'],
    why: 'the identity grace period, and maps that fill',
  },
];

/** What a knob's harm may wait for; undefined where nothing is known of it. */
export function slowOnset(knob: string): SlowOnset | undefined {
  const given = pathOf(knob);
  const row = ROWS.find(({ knobs }) => knobs.some((one) => startsWith(given, pathOf(one))));
  return row && { lateMs: LATE_MS, why: row.why };
}

/** `bpf.masquerade=true`, `bpf-masquerade`, `enable-bpf-masquerade` and `bpfMasquerade.enabled` are written in many ways: words alone count. */
function pathOf(knob: string): readonly string[] {
  const [name = ''] = knob.trim().split(/[\s=:]/, 1);
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  return words[0] === 'enable' ? words.slice(1) : words;
}

/** In whole words: `nat` stands for `nat.mapStatsEntries`, and not for `native`. */
function startsWith(given: readonly string[], words: readonly string[]): boolean {
  const wanted = words.join('');
  return given.some((_, i) => given.slice(0, i + 1).join('') === wanted);
}
