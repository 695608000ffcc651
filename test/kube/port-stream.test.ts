import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { describe, it } from 'node:test';
import { PortRefused, PortStream, type FrameSocket } from '../../src/kube/port-stream.js';

class FakeSocket extends EventEmitter implements FrameSocket {
  isPaused = false;
  readonly sent: Buffer[] = [];
  readonly closings: string[] = [];
  /** Not called: what was sent is still on its way. */
  flushed: (() => void)[] = [];

  send(data: Buffer, done: () => void): void {
    this.sent.push(data);
    this.flushed.push(done);
  }
  close(code: number): void {
    this.closings.push(`close ${code}`);
  }
  terminate(): void {
    this.closings.push('terminate');
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  frame(channel: number, content: Buffer | string): void {
    this.emit('message', Buffer.concat([Buffer.of(channel), Buffer.from(content)]));
  }
}

function open(): { socket: FakeSocket; stream: PortStream } {
  const socket = new FakeSocket();
  const stream = new PortStream(socket);
  for (const channel of [0, 1]) socket.frame(channel, Buffer.of(0x95, 0x10));
  return { socket, stream };
}

describe('a stream to a port of a pod', () => {
  it('gives the data of its channel without the port', () => {
    const { socket, stream } = open();
    assert.equal(stream.received, false);
    for (const part of ['a', '', 'b']) socket.frame(0, part);
    assert.equal(String(stream.read()), 'ab');
    assert.equal(stream.received, true);
  });

  it('takes the port and data in one frame, and leaves out other channels and empty frames', () => {
    const socket = new FakeSocket();
    const stream = new PortStream(socket);
    socket.frame(0, Buffer.concat([Buffer.of(0x95, 0x10), Buffer.from('data')]));
    socket.frame(7, 'xyz');
    socket.emit('message', Buffer.alloc(0));
    assert.equal(String(stream.read()), 'data');
  });

  it('stops the reading of the websocket while nobody reads', () => {
    const { socket, stream } = open();
    const content = Buffer.alloc(4096);
    let frames = 0;
    while (!socket.isPaused) {
      socket.frame(0, content);
      frames++;
    }
    assert.equal(stream.readableLength, frames * content.length);
    assert.ok(stream.readableLength < stream.readableHighWaterMark + content.length);
    stream.read();
    assert.equal(socket.isPaused, false);
  });

  it('takes no more to send while what was sent is on its way', () => {
    const { socket, stream } = open();
    assert.equal(stream.write(Buffer.alloc(1)), true);
    while (stream.write(Buffer.alloc(4096)));
    assert.equal(socket.sent.length, 1);
    socket.flushed.shift()?.();
    assert.deepEqual(
      socket.sent.map((frame) => frame[0]),
      [0, 0],
    );
  });

  it('asks for the end when our side ends, and still gives what comes until then', async () => {
    const { socket, stream } = open();
    stream.end();
    await once(stream, 'finish');
    assert.deepEqual(socket.closings, ['close 1000']);
    socket.frame(0, 'late');
    socket.emit('close', 1000);
    assert.equal(String(stream.read()), 'late');
    stream.resume();
    await once(stream, 'end');
  });

  it('fails with what the node says, and when the connection breaks', async () => {
    const refused = open();
    refused.socket.frame(1, 'nobody listens');
    const [error] = (await once(refused.stream, 'error').catch((thrown: unknown) => [thrown])) as [Error];
    assert.ok(error instanceof PortRefused);
    assert.equal(error.message, 'nobody listens');
    const broken = open();
    broken.socket.emit('close', 1006);
    await assert.rejects(once(broken.stream, 'end'), /the connection broke/);
    assert.deepEqual(broken.socket.closings, ['terminate']);
  });
});
