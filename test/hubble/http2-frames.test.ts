import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FrameEnds, goawayFrame } from '../../src/hubble/http2-frames.js';

/** A frame of this type with so many bytes of payload. */
function frame(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(9 + length, 0xff);
  bytes.writeUIntBE(length, 0, 3);
  bytes.writeUInt8(type, 3);
  return bytes;
}

const SETTINGS = frame(4, 18);

describe('frames of HTTP/2', () => {
  it('are told apart however their bytes come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(70_000), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1 }),
        (lengths, cuts) => {
          const all = Buffer.concat([SETTINGS, ...lengths.map((length) => frame(0, length))]);
          const ends = new Set<number>();
          let end = SETTINGS.length;
          for (const length of [...lengths, 0]) {
            ends.add(end);
            end += 9 + length;
          }
          const frames = new FrameEnds();
          frames.passed(all.subarray(0, 1));
          let at = 1;
          for (let i = 0; at < all.length; i++) {
            const until = Math.min(all.length, at + (cuts[i % cuts.length] ?? 1));
            let called = false;
            frames.whenBetween(() => (called = true));
            assert.equal(called, ends.has(at), `at ${at}`);
            frames.passed(all.subarray(at, until));
            at = until;
          }
          assert.ok(frames.isHttp2);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are not looked for in what is encrypted', () => {
    const frames = new FrameEnds();
    frames.passed(Buffer.from('160303007a020000760303aabbccddeeff', 'hex'));
    let called = false;
    frames.whenBetween(() => (called = true));
    assert.ok(called && !frames.isHttp2);
  });

  it('of GOAWAY hold the code and the reason', () => {
    const bytes = goawayFrame(0xb, 'too_many_pings');
    assert.equal(bytes.toString('hex', 0, 9), '000016070000000000');
    assert.equal(bytes.readUInt32BE(13), 0xb);
    assert.equal(bytes.toString('latin1', 17), 'too_many_pings');
  });
});
