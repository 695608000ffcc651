import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as names from '../../src/hubble/names.js';
import facts from './api-fields.json' with { type: 'json' };

const enums: Readonly<Record<string, Readonly<Record<string, number>>>> = facts.enums;

const TABLES: readonly (readonly [string, (n: number) => string, ((value: unknown) => number) | undefined])[] = [
  ['flow.Verdict', names.verdictName, names.verdictNumber],
  ['flow.TrafficDirection', names.directionName, names.directionNumber],
  ['flow.TraceObservationPoint', names.tracePointName, names.tracePointNumber],
  ['flow.TraceReason', names.traceReasonName, names.traceReasonNumber],
  ['flow.AuthType', names.authTypeName, names.authTypeNumber],
  ['flow.L7FlowType', names.l7TypeName, names.l7TypeNumber],
  ['flow.LostEventSource', names.lostSourceName, names.lostSourceNumber],
  ['relay.NodeState', names.nodeStateName, names.nodeStateNumber],
  ['flow.DropReason', names.dropReasonName, names.dropReasonNumber],
  ['flow.AgentEventType', names.agentEventName, undefined],
];

describe('names of enums', () => {
  for (const [api, nameOf, numberOf] of TABLES) {
    it(`${api} as in the API`, () => {
      for (const [name, number] of Object.entries(enums[api] ?? assert.fail(api))) {
        assert.equal(nameOf(number), name);
        if (numberOf === undefined) continue;
        assert.equal(numberOf(name), number);
        assert.equal(numberOf(number), number);
        assert.equal(numberOf(String(number)), number);
      }
    });
  }

  it('has a source of lost events that is ours alone', () => {
    assert.equal(names.lostSourceName(1000), 'CLIENT_QUEUE');
    assert.equal(names.lostSourceNumber('CLIENT_QUEUE'), 1000);
    assert.ok(!Object.values(enums['flow.LostEventSource'] ?? {}).includes(1000));
  });

  it('passes unknown numbers through, and names them by themselves', () => {
    assert.equal(names.verdictNumber(77), 77);
    assert.equal(names.verdictName(77), '77');
    assert.equal(names.dropReasonNumber(159), 159);
    assert.equal(names.dropReasonName(159), '159');
    assert.equal(names.dropReasonText(159), '159');
  });

  it('takes what is no value for unknown', () => {
    for (const value of [
      'NO_SUCH',
      '',
      '1e3',
      1.5,
      NaN,
      Infinity,
      2 ** 31,
      null,
      undefined,
      {},
      [],
      true,
      '99999999999',
    ]) {
      assert.equal(names.verdictNumber(value), 0);
      assert.equal(names.dropReasonNumber(value), 0);
    }
  });
});

describe('drop reasons', () => {
  it('joins name and text by number, also where they disagree', () => {
    assert.equal(names.dropReasonText(133), 'Policy denied');
    assert.equal(names.dropReasonText(136), 'Fragmentation needed');
    assert.equal(names.dropReasonName(136), 'CT_MISSING_TCP_ACK_FLAG');
    assert.equal(names.dropReasonText(161), 'NAT 46/64 not enabled');
  });

  it('knows the reason that came after the API files we hold', () => {
    assert.equal(names.dropReasonName(206), 'DROP_NO_DEVICE');
    assert.equal(names.dropReasonText(206), 'No device');
  });

  it('takes invented spellings', () => {
    for (const text of ['Policy denied', 'policy denied', 'policy-denied', 'policy_denied', ' Policy  Denied ']) {
      assert.equal(names.dropReasonNumber(text), 133, text);
    }
    assert.equal(names.dropReasonNumber('Policy denied by denylist'), 181);
    assert.equal(names.dropReasonNumber('Missed tail call'), 140);
  });
});
