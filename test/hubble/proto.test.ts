import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FieldSchema } from '../../src/hubble/schema.js';
import { readSchemas } from '../../src/hubble/schema.js';
import { observerService, packageDefinition } from '../../src/hubble/wire.js';
import facts from './api-fields.json' with { type: 'json' };

const schemas = readSchemas(packageDefinition());

/** Fields and values that a newer Cilium than that of the facts has, or that no list shows. */
const NEWER: ReadonlySet<string> = new Set(['flow.DropReason.DROP_NO_DEVICE']);

function typeOf(field: FieldSchema): string {
  const type = field.kind === 'enum' || field.kind === 'message' ? field.type.name : field.kind;
  return field.repeated ? `repeated ${type}` : type;
}

describe(`proto/ against the API of Cilium ${facts.version}`, () => {
  for (const [message, fields] of Object.entries(facts.messages as Record<string, Record<string, unknown[]>>)) {
    it(message, () => {
      const declared = schemas.get(message)?.fields.map((field) => [field.name, [field.number, typeOf(field)]]);
      assert.deepEqual(Object.fromEntries(declared ?? []), fields);
    });
  }

  it('declares no message beside', () => {
    const own = [...schemas.keys()].filter((name) => !name.startsWith('google.protobuf.'));
    assert.deepEqual(own.sort(), Object.keys(facts.messages).sort());
  });

  it('has the values of every enum that a message uses', () => {
    const expected: Readonly<Record<string, Readonly<Record<string, number>>>> = facts.enums;
    let seen = 0;
    for (const { fields } of schemas.values()) {
      for (const field of fields) {
        if (field.kind !== 'enum') continue;
        seen++;
        const { name, numbers } = field.type;
        const known = [...numbers].filter(([value]) => !NEWER.has(`${name}.${value}`));
        assert.deepEqual(Object.fromEntries(known), expected[name], name);
      }
    }
    assert.ok(seen > 20);
  });

  it('has the paths and types of every call', () => {
    const calls = { ...observerService(), ...(packageDefinition()['peer.Peer'] as ReturnType<typeof observerService>) };
    const declared = Object.values(calls).map((call) => [call.path, call.responseStream]);
    const expected = Object.entries(facts.methods).map(([path, [, , stream]]) => [path, stream]);
    assert.deepEqual(declared, expected);
  });
});
