import { TextDecoder } from 'node:util';

/**
 * The bytes without a byte order mark. UTF-16, which PowerShell writes when it redirects a program's output, becomes UTF-8.
 */
export async function* toUtf8(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let decoder: TextDecoder | undefined;
  for await (const chunk of bytes) {
    let rest: Buffer = chunk;
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 3) continue;
      decoder = utf16Decoder(head);
      rest = decoder === undefined ? withoutMark(head) : head;
      head = undefined;
    }
    yield decoder === undefined ? rest : Buffer.from(decoder.decode(rest, { stream: true }));
  }
  if (head !== undefined) yield head;
  else if (decoder !== undefined) yield Buffer.from(decoder.decode());
}

function withoutMark(head: Buffer): Buffer {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head;
}

function utf16Decoder(head: Buffer): TextDecoder | undefined {
  // The decoder takes the mark away by itself.
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le');
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder('utf-16be');
  return undefined;
}
