import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsFrom, JUDGING_OPTIONS } from '../../src/cli/options/judging.js';
import { resolve } from '../../src/cli/options/resolve.js';
import { slowOnset } from '../../src/knobs/slow-onset.js';

describe('knobs whose harm may come late', () => {
  it('are known however they are written', () => {
    for (const knob of [
      'bpf.masquerade',
      'bpf.masquerade=true',
      'bpf-masquerade',
      'enable-bpf-masquerade',
      'bpfMasquerade',
    ])
      assert.match(slowOnset(knob)?.why ?? '', /NAT map/, knob);
    for (const knob of [
      'bandwidthManager',
      'bandwidthManager.enabled',
      'bandwidth-manager',
      'netkit',
      'bpf.datapathMode=netkit',
      'encryption.nodeEncryption',
      'wireguard',
      'toFQDNs',
      'dnsProxy.minTtl',
      'image.tag',
    ])
      assert.ok((slowOnset(knob)?.lateMs ?? 0) >= 60_000, knob);
  });

  it('are none where nothing is known', () => {
    for (const knob of ['', 'routingMode', 'nativeRoutingCIDR', 'nodePort.range', 'my-change', 'l7Proxy', '1.20'])
      assert.equal(slowOnset(knob), undefined, knob);
  });

  it('set how much of the late phase a PASS wants, unless --late says it', () => {
    const settings = (flags: Record<string, unknown>) =>
      settingsFrom(resolve(JUDGING_OPTIONS, { flags, env: {}, files: [] }).values);
    const known = settings({ knob: 'bpf.masquerade' });
    assert.equal(known.lateMs, 300_000);
    assert.equal(known.lateWhy, 'bpf.masquerade may fail late (NAT map fill)');
    assert.equal(settings({ knob: 'routingMode' }).lateMs, 0);
    const asked = settings({ knob: 'bpf.masquerade', late: '1m' });
    assert.deepEqual([asked.lateMs, asked.lateWhy], [60_000, null]);
    assert.equal(settings({ knob: 'bpf.masquerade', late: '0s' }).lateMs, 0);
  });
});
