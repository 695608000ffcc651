import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flow, flows, jsonLines, lost, read, story, T0 } from './made-up.js';

const ten = flows(10);
const good = ten.map((one) => JSON.stringify(one));
const TEN = { flows: 10, events: 0 };

/** Ten good lines with `line` after the fifth. */
const around = (...lines: string[]): string => [...good.slice(0, 5), ...lines, ...good.slice(5)].join('\n');

for (const [what, line] of [
  ['a message of a shell', 'hubble: command not found'],
  ['what hubble says of lost events', 'EVENTS LOST: HUBBLE_RING_BUFFER CPU(0) 1'],
  ['a log line with escaped quotes', 'level=info msg="Defaulted container \\"cilium-agent\\" out of: cilium-agent"'],
  ['a line cut inside of a string', '{"flow":{"time":"2026-03-01T12:00'],
  ['a line cut behind a string', '{"flow":{"time":"2026-03-01T12:00:04Z","source":{"pod_name":"web-0"'],
  ['a line cut behind a comma', '{"flow":{"time":"2026-03-01T12:00:04Z",'],
  ['a line cut behind its first brace', '{'],
  ['a line cut inside of an escape', '{"flow":{"uuid":"\\'],
  ['a prefixed line cut behind a string', '[pod/cilium/agent] {"flow":{"uuid":"1"'],
  ['the end of a line', 'EST","is_reply":false},"node_name":"worker-1"}'],
  ['a header of a table', 'TIMESTAMP             SOURCE      DESTINATION   TYPE   VERDICT'],
  ['a quote that does not end', '"a quoted line'],
  ['a closing brace', '}'],
  ['a closing bracket', ']'],
  ['a comma', ','],
  ['null', 'null'],
  ['a number', '42'],
  ['a list of numbers', '[1,2,3]'],
  ['an empty object', '{}'],
  ['an object that says nothing to us', '{"a":1}'],
  ['an object of __proto__', '{"__proto__":{"flow":{}}}'],
  ["another API's object", '{"kind":"List","items":[{"kind":"Pod","spec":{"nodeName":"worker-1"}}]}'],
  [
    'an object with a bare word',
    '{"flow":{"verdict":FORWARDED,"source":{"ID":1},"l4":{"TCP":{"flags":{"SYN":true}}}}}',
  ],
  ['an object without a comma', '{"flow":{"verdict":"FORWARDED" "time":"2026-03-01T12:00:04Z"}}'],
  ['a raw NUL inside of a string', JSON.stringify(flow(4)).replace('web-0', 'web\u0000')],
  ['nothing but NULs', '\u0000'.repeat(5000)],
  ['a thousand opening brackets', '['.repeat(1000)],
  ['a thousand opening braces', '{'.repeat(1000)],
  ['a quoted flow that is cut', 'level=info msg="{\\"flow\\":{\\"time\\":\\"2026'],
  ['a log record without a flow', '{"log":"level=info {x} msg=hello\\n","stream":"stderr"}'],
  ['a flow that is a list', '{"flow":[]}'],
  ['a flow without a time', JSON.stringify(flow(4, { time: undefined })).replace(/"time":"[^"]*"/, '"t":1')],
  ['a node sample without a time', '{"nodes":[{"name":"worker-1"}]}'],
] as const) {
  test(`${what} is counted once and harms no other line`, async (t) => {
    const { counts, events } = await read(t, around(line));
    assert.deepEqual(counts, { ...TEN, lines: 11, broken: 1 });
    assert.deepEqual(story(events), story((await read(t, around())).events));
  });
  test(`${what} as the last line is counted once`, async (t) => {
    assert.deepEqual((await read(t, `${good.join('\n')}\n${line}`)).counts, { ...TEN, lines: 11, broken: 1 });
  });
  test(`${what}, twice, is counted twice`, async (t) => {
    assert.deepEqual((await read(t, around(line, line))).counts, { ...TEN, lines: 12, broken: 2 });
  });
  test(`${what} between bare flows is counted once`, async (t) => {
    const bare = ten.map((one) => JSON.stringify((one as { flow: object }).flow));
    const content = [...bare.slice(0, 5), line, ...bare.slice(5)].join('\n');
    assert.deepEqual((await read(t, content)).counts, { ...TEN, lines: 11, broken: 1 });
  });
  test(`${what} between prefixed lines is counted once`, async (t) => {
    const prefixed = good.map((one) => `[pod/cilium/agent] ${one}`);
    const content = [...prefixed.slice(0, 5), line, ...prefixed.slice(5)].join('\n');
    assert.deepEqual((await read(t, content)).counts, { ...TEN, lines: 11, broken: 1 });
  });
}

test('10,000-deep nesting harms nothing', async (t) => {
  const deep = `{"flow":{"time":"2026-03-01T12:00:04Z","extensions":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}}`;
  const { counts } = await read(t, around(deep));
  assert.equal(counts.flows + counts.broken, 11);
  assert.ok(counts.flows >= 10);
});

test('wrong UTF-8 costs the text, not the flow', async (t) => {
  const line = Buffer.from(JSON.stringify(flow(4, { node_name: 'PLACE' })));
  line.set([0xff, 0xfe, 0xc3, 0x28, 0x80], line.indexOf('PLACE'));
  const content = Buffer.concat([Buffer.from(`${good.join('\n')}\n`), line]);
  assert.deepEqual((await read(t, content)).counts, { lines: 11, flows: 11, events: 0, broken: 0 });
});

test('a killed writer: its cut line with the first line of its successor behind it', async (t) => {
  for (const cut of [30, 200, 400]) {
    const line = `${good[4]?.slice(0, cut)}${good[5]}`;
    const { counts, events } = await read(t, [...good.slice(0, 4), line, ...good.slice(6)].join('\n'));
    assert.deepEqual(counts, { lines: 9, flows: 9, events: 0, broken: 1 }, `cut after ${cut} bytes`);
    assert.deepEqual(story(events).slice(3, 5), ['flow 3', 'flow 5']);
  }
});

const pretty = ten.map((one) => JSON.stringify(one, null, 2).split('\n'));

test('a pretty-printed object that is cut, wherever, is one broken object', async (t) => {
  const fifth = pretty[4] ?? [];
  for (let kept = 1; kept < fifth.length; kept++) {
    const lines = [...pretty.slice(0, 4).flat(), ...fifth.slice(0, kept), ...pretty.slice(5).flat()];
    const { flows: read9, broken } = (await read(t, lines.join('\n'))).counts;
    assert.deepEqual({ read9, broken }, { read9: 9, broken: 1 }, `${kept} lines kept`);
  }
});

test('a pretty-printed object that is cut inside of a string is one broken object', async (t) => {
  const lines = [...pretty.slice(0, 4).flat(), ...(pretty[4] ?? []).slice(0, 3), '    "uui', ...pretty.slice(5).flat()];
  const { counts } = await read(t, lines.join('\n'));
  assert.deepEqual({ ...counts, lines: 0 }, { lines: 0, flows: 9, events: 0, broken: 1 });
});

test('damage inside of a pretty-printed object breaks that object alone', async (t) => {
  const fifth = pretty[4] ?? [];
  for (let at = 1; at < fifth.length - 1; at++) {
    const lines = [...pretty.slice(0, 4).flat(), ...fifth.with(at, '    "a": ~damaged~,'), ...pretty.slice(5).flat()];
    const { counts } = await read(t, lines.join('\n'));
    assert.deepEqual({ ...counts, lines: 0 }, { lines: 0, flows: 9, events: 0, broken: 1 }, `line ${at}`);
  }
});

test('a pretty array with a broken element', async (t) => {
  const lines = JSON.stringify(ten, null, 2).split('\n');
  const at = lines.findIndex((line) => line.includes('web-0'));
  const { counts } = await read(t, lines.with(at, '        "pod_name": web-0,').join('\n'));
  assert.deepEqual({ ...counts, lines: 0 }, { lines: 0, flows: 9, events: 0, broken: 1 });
});

test('an array on one line with a broken element, of wrapped and of bare flows', async (t) => {
  for (const list of [ten, ten.map((one) => (one as { flow: object }).flow)]) {
    const content = JSON.stringify(list).replace('"web-0"', 'web-0');
    assert.deepEqual((await read(t, content)).counts, { lines: 1, flows: 9, events: 0, broken: 1 });
  }
});

test('a cut array gives what is whole', async (t) => {
  const content = JSON.stringify(ten);
  const { counts } = await read(t, content.slice(0, content.length - 50));
  assert.deepEqual(counts, { lines: 1, flows: 9, events: 0, broken: 1 });
});

test('text lines after a cut line are counted one by one', async (t) => {
  const { counts } = await read(
    t,
    around('{"flow":{"source":{"pod_name":"web-0"', 'hubble: not found', 'rpc error: EOF'),
  );
  assert.deepEqual(counts, { ...TEN, lines: 13, broken: 3 });
});

test('times of no use make a flow broken, absurd ones as well', async (t) => {
  const times = [
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999Z',
    '1970-01-01T00:00:00Z',
    '2026-13-40T99:99:99Z',
  ];
  const others = ['yesterday', '', 12345, null, {}, undefined];
  const strange = [...times, ...others].map((time) => ({ ...flow(4, { time }), time }));
  const { counts } = await read(t, jsonLines([...strange.slice(0, 5), ...ten, ...strange.slice(5)]));
  assert.deepEqual(counts, { ...TEN, lines: 20, broken: 10 });
});

test('31 days around the median are plausible, more is not', async (t) => {
  const day = 86_400;
  const { counts, input } = await read(
    t,
    jsonLines([flow(31 * day), flow(60 - 31 * day), ...flows(9), flow(32 * day)]),
  );
  assert.deepEqual(counts, { lines: 12, flows: 11, events: 0, broken: 1 });
  assert.deepEqual(input.brokenExamples, [{ line: 12, why: 'a flow 32 days away from the others' }]);
});

test('the median is of the first 1,000 flows: what is absurd later is found as well', async (t) => {
  const many = Array.from({ length: 1500 }, (_, i) => flow(i / 100));
  const { counts } = await read(t, jsonLines([...many, flow(40 * 86_400), flow(16)]));
  assert.deepEqual(counts, { lines: 1502, flows: 1501, events: 0, broken: 1 });
});

test('lost events count whatever time they say', async (t) => {
  const { counts, events } = await read(t, jsonLines([flow(0), lost(-1e9), flow(1)]));
  assert.deepEqual(counts, { lines: 3, flows: 2, events: 1, broken: 0 });
  assert.deepEqual(
    events.map(({ at, event }) => [event.kind, at - T0]),
    [
      ['flow', 0],
      ['lost', 0],
      ['flow', 1000],
    ],
  );
  assert.ok(Number.isNaN(events[1]?.event.time));
});

test('the first few broken lines are told, safe to print', async (t) => {
  const { input } = await read(t, around('\u001b[31mred\u0007', '{"a":1}', ...Array<string>(20).fill('x')));
  assert.equal(input.broken, 22);
  assert.deepEqual(input.brokenExamples.slice(0, 2), [
    { line: 6, why: 'not JSON: \\x1b[31mred\\x07' },
    { line: 7, why: 'no message of Hubble: a' },
  ]);
  assert.equal(input.brokenExamples.length, 5);
});
