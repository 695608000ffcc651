/** What else a window holds beside its rows, as bytes. */
import type { ByteReader, ByteWriter } from './bytes.js';
import type { Example, Place } from './journal-lines.js';
import type { Names } from './names.js';
import { listRead } from './packed-lists.js';
import type { RowCodec } from './packed-rows.js';

export const SILENCES: RowCodec<readonly [number, number]> = {
  write([from, until], to) {
    to.number(from);
    to.number(until);
  },
  read: (from) => [from.number(), from.number()],
};

export const PLACES: RowCodec<Place> = {
  write({ what, workload }, to, { names }) {
    to.whole(names.text(what));
    to.whole(names.text(workload));
  },
  read: (from, { names }) => ({ what: names.textAt(from.whole()), workload: names.textAt(from.whole()) }),
};

export const EXAMPLES: RowCodec<Example> = {
  write(row, to, { names }) {
    to.number(row.time);
    to.number(row.verdict);
    to.number(row.reason);
    to.number(row.direction);
    to.whole(names.text(row.source));
    to.whole(names.text(row.destination));
    to.whole(names.text(row.protocol));
    to.number(row.port);
    writeUuid(row.uuid, to, names);
    to.whole(names.text(row.edge));
  },
  read: (from, { names }) => ({
    time: from.number(),
    verdict: from.number(),
    reason: from.number(),
    direction: from.number(),
    source: names.textAt(from.whole()),
    destination: names.textAt(from.whole()),
    protocol: names.textAt(from.whole()),
    port: from.number(),
    uuid: readUuid(from, names),
    edge: names.textAt(from.whole()),
  }),
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A UUID is another one for each flow: 16 bytes. */
function writeUuid(uuid: string, to: ByteWriter, names: Names): void {
  const isUuid = UUID.test(uuid);
  to.byte(isUuid ? 1 : 0);
  if (!isUuid) {
    to.whole(names.text(uuid));
    return;
  }
  const digits = uuid.replaceAll('-', '');
  for (let at = 0; at < 32; at += 8) to.word(Number.parseInt(digits.slice(at, at + 8), 16));
}

function readUuid(from: ByteReader, names: Names): string {
  if (from.byte() === 0) return names.textAt(from.whole());
  const digits = listRead(4, () => from.word().toString(16).padStart(8, '0')).join('');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}
