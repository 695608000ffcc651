import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flow, flows, jsonLines, lost, read, sample, story } from './made-up.js';

const three = flows(3);
const THREE = { lines: 3, flows: 3, events: 0, broken: 0 };
const inOrder = ['flow 0', 'flow 1', 'flow 2'];

test('one object a line, as hubble prints it', async (t) => {
  const { counts, events } = await read(t, jsonLines([sample(0), ...three, lost(2)]));
  assert.deepEqual(counts, { lines: 5, flows: 3, events: 2, broken: 0 });
  assert.deepEqual(story(events), ['node-samples 0', ...inOrder, 'lost 2']);
});

test('a last line without its newline is a line', async (t) => {
  assert.deepEqual((await read(t, jsonLines(three).trimEnd())).counts, THREE);
});

test('blank lines are lines, but not broken', async (t) => {
  const { counts } = await read(t, `\n${jsonLines(three).replaceAll('\n', '\n \t\r\n')}\n`);
  assert.deepEqual(counts, { lines: 8, flows: 3, events: 0, broken: 0 });
});

test('byte order mark and CRLF', async (t) => {
  const { counts } = await read(t, `\ufeff${jsonLines(three).replaceAll('\n', '\r\n')}`);
  assert.deepEqual(counts, THREE);
});

for (const [name, encode] of [
  ['little', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['big', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
] as const) {
  test(`UTF-16 (${name} endian), as PowerShell redirects output`, async (t) => {
    const { counts, events } = await read(t, encode(jsonLines([flow(0, { node_name: 'wörker-😀' })])));
    assert.deepEqual(counts, { lines: 1, flows: 1, events: 0, broken: 0 });
    assert.equal(events[0]?.event.kind === 'flow' && events[0].event.node, 'wörker-😀');
  });
}

test('bare flows without an envelope', async (t) => {
  assert.deepEqual((await read(t, jsonLines(three.map((one) => (one as { flow: object }).flow)))).counts, THREE);
});

test('a capture with arrival times: {"recv","resp":{...}}', async (t) => {
  const content = jsonLines(three.map((resp) => ({ recv: '2026-03-01T12:00:09Z', resp })));
  const { counts, events } = await read(t, content);
  assert.deepEqual(counts, THREE);
  assert.deepEqual(story(events), inOrder);
});

test('several objects on a line, with and without space between', async (t) => {
  const [a, b, c] = three.map((one) => JSON.stringify(one));
  assert.deepEqual((await read(t, `${a}${b} ${c}\n${c}\n`)).counts, { lines: 2, flows: 4, events: 0, broken: 0 });
});

test('objects one behind the other in one line of the whole file', async (t) => {
  const { counts } = await read(
    t,
    flows(50)
      .map((one) => JSON.stringify(one))
      .join(''),
  );
  assert.deepEqual(counts, { lines: 1, flows: 50, events: 0, broken: 0 });
});

test('pretty-printed objects', async (t) => {
  for (const indent of [1, 2, 4, '\t']) {
    const content = [...three, lost(2)].map((one) => `${JSON.stringify(one, null, indent)}\n`).join('');
    const { counts, events } = await read(t, content);
    assert.deepEqual({ ...counts, lines: 0 }, { lines: 0, flows: 3, events: 1, broken: 0 }, `indent ${indent}`);
    assert.equal(counts.lines, content.split('\n').length - 1);
    assert.deepEqual(story(events), [...inOrder, 'lost 2']);
  }
});

test('pretty print without any indentation (Python indent=0)', async (t) => {
  const content = three.map((one) => `${JSON.stringify(one, null, 1).replace(/\n */g, '\n')}\n`).join('');
  assert.deepEqual({ ...(await read(t, content)).counts, lines: 3 }, THREE);
});

test('one JSON array on one line', async (t) => {
  assert.deepEqual((await read(t, JSON.stringify(three), 'a.json')).counts, { ...THREE, lines: 1 });
});

test('one pretty JSON array', async (t) => {
  assert.deepEqual({ ...(await read(t, JSON.stringify(three, null, 2), 'a.json')).counts, lines: 3 }, THREE);
});

test('an array with an object a line, commas behind or in front', async (t) => {
  const lines = three.map((one) => JSON.stringify(one));
  assert.deepEqual((await read(t, `[\n${lines.join(',\n')}\n]\n`)).counts, { ...THREE, lines: 5 });
  assert.deepEqual((await read(t, `[${lines.join('\n,')}\n]\n`)).counts, { ...THREE, lines: 4 });
  assert.deepEqual((await read(t, `[\n${lines.join('\n,\n')}\n]\n`)).counts, { ...THREE, lines: 7 });
});

test('several arrays one behind the other', async (t) => {
  assert.deepEqual((await read(t, `${JSON.stringify(three)}\n${JSON.stringify(three)}`)).counts, {
    lines: 2,
    flows: 6,
    events: 0,
    broken: 0,
  });
});

test('spaces after commas and colons, as other dumpers write', async (t) => {
  const content = three.map((one) => `${JSON.stringify(one, null, 1).replace(/\n */g, ' ')}\n`).join('');
  assert.deepEqual((await read(t, content)).counts, THREE);
});

test('keys of the envelope in any order', async (t) => {
  const content = jsonLines(flows(3).map((one) => ({ time: 'x', node_name: 'y', ...one })));
  assert.deepEqual((await read(t, content)).counts, THREE);
});

for (const [what, prefix] of [
  ['grep (file name)', 'hubble-flows-cilium-x7x5h-20260301.json:'],
  ['grep -n (file name and line)', 'flows.json:12:'],
  ['kubectl logs --prefix', '[pod/cilium-x7x5h/cilium-agent] '],
  ['container runtime (time and stream)', '2026-03-01T12:00:00.000000000Z stdout F '],
  ['stern (pod and container)', 'cilium-x7x5h cilium-agent '],
  ['docker compose', 'agent-1  | '],
  ['braces', 'x{y} map[a:{b}] '],
] as const) {
  test(`a prefix of ${what}`, async (t) => {
    assert.deepEqual((await read(t, jsonLines(three).replace(/^/gm, prefix).slice(0, -prefix.length))).counts, THREE);
  });
}

test('flows inside of a logrus message', async (t) => {
  const content = three.map((one) => `level=info msg=${JSON.stringify(JSON.stringify(one))} subsys=hubble\n`).join('');
  const { counts, events } = await read(t, content);
  assert.deepEqual(counts, THREE);
  assert.deepEqual(story(events), inOrder);
});

for (const key of ['log', 'msg', 'message']) {
  test(`flows inside of a log record's "${key}"`, async (t) => {
    const content = jsonLines(three.map((one) => ({ stream: 'stdout', [key]: `${JSON.stringify(one)}\n` })));
    assert.deepEqual((await read(t, content)).counts, THREE);
  });
}

test('flows behind a runtime prefix inside of a log record', async (t) => {
  const content = jsonLines(three.map((one) => ({ log: `2026-03-01T12:00:00Z stdout F ${JSON.stringify(one)}` })));
  assert.deepEqual((await read(t, content)).counts, THREE);
});

test('a flow in a log record in a log record', async (t) => {
  const content = jsonLines(three.map((one) => ({ log: JSON.stringify({ msg: JSON.stringify(one) }) })));
  assert.deepEqual((await read(t, content)).counts, THREE);
});

test('agent log lines between exported flows are broken, the flows are not', async (t) => {
  const [a, b, c] = three.map((one) => JSON.stringify(one));
  const content = `${a}\nlevel=info msg="Starting" subsys={daemon}\n${b}\n{"level":"info","msg":"{not json"}\n${c}\n`;
  assert.deepEqual((await read(t, content)).counts, { lines: 5, flows: 3, events: 0, broken: 2 });
});

test('exporter files: agent and debug events and empty messages are events', async (t) => {
  const time = '2026-03-01T12:00:01Z';
  const content = jsonLines([
    ...three,
    { agent_event: { type: 'AGENT_STARTED', agent_start: { time } }, node_name: 'worker-1', time },
    { agent_event: {} },
    { debug_event: { type: 'DBG_CT_LOOKUP' }, node_name: 'worker-1', time },
    { lost_events: {} },
    { node_status: { state_change: 'NODE_CONNECTED', node_names: ['worker-1'] } },
  ]);
  assert.deepEqual((await read(t, content)).counts, { lines: 8, flows: 3, events: 5, broken: 0 });
});

test('lines over 64 KiB, whole and in pieces of the reader', async (t) => {
  const labels = (size: number) => ({ source: { labels: [`k8s:note=${'x'.repeat(size)}`] } });
  for (const size of [70_000, 300_000, 20_000_000]) {
    const { counts, events } = await read(t, jsonLines([flow(0), flow(1, labels(size)), flow(2)]));
    assert.deepEqual(counts, THREE, `${size} bytes`);
    assert.deepEqual(story(events), inOrder);
  }
});

test('escapes: quotes, braces and backslashes inside of strings', async (t) => {
  const names = ['a"b', '}{', '{"flow":{', '\\', '\\"', '\u001b[31m', 'ä\u2028😀', '"}}\\'];
  const content = jsonLines(names.map((node_name, i) => flow(i, { node_name })));
  const joined = content.replaceAll('\n', ' ');
  for (const text of [content, joined]) {
    const { events } = await read(t, text);
    assert.deepEqual(
      events.map(({ event }) => (event.kind === 'flow' ? event.node : '')),
      names,
    );
  }
});
