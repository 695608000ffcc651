/** The least that any reader of a recording must do: cut it into lines and JSON.parse each. `node parse-loop.js FILE` prints the flows. */
import { openSync, readSync } from 'node:fs';

const NEWLINE = 10;

const fd = openSync(process.argv[2] ?? '', 'r');
const block = Buffer.allocUnsafe(1 << 20);
let kept = 0;
let flows = 0;
for (;;) {
  const got = readSync(fd, block, kept, block.length - kept, null);
  if (got === 0) break;
  const end = kept + got;
  let from = 0;
  for (let to = block.indexOf(NEWLINE); to >= 0 && to < end; to = block.indexOf(NEWLINE, from)) {
    const line = JSON.parse(block.toString('utf8', from, to)) as { readonly flow?: unknown };
    if (line.flow !== undefined) flows++;
    from = to + 1;
  }
  block.copy(block, 0, from, end);
  kept = end - from;
}
console.log(flows);
