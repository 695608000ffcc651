import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Folder, replay, run } from './program.js';
import { soak } from './soaks.js';

describe('doctor', () => {
  it('says whether a soak could be judged, for people and for scripts', async (t) => {
    const file = new Folder(t).file('soak.jsonl', soak({ seconds: 300, clients: 4, every: 1 }));
    const { address } = await replay(t, file, '--speed', '20x');
    const [text, json] = await Promise.all([
      run(['doctor', '--server', address, '--duration', '6s']),
      run(['doctor', '--server', address, '--duration', '6s', '--json']),
    ]);
    const { schema, enough } = JSON.parse(json.out) as { schema: string; enough: boolean };
    assert.equal(schema, 'hubble-soak/doctor/v1');
    assert.equal(json.code, enough ? 0 : 1);
    assert.match(text.out, /nodes are connected/);
    assert.match(text.out, /A soak through this relay/);
  });

  it('exits with 4 where nothing listens', async () => {
    const { code, out, err } = await run(['doctor', '--server', '127.0.0.1:1', '--timeout', '1s']);
    assert.equal(code, 4);
    assert.equal(out, '');
    assert.match(err, /is not available/);
  });
});
