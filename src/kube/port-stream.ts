/**
 * One connection to a port of a pod as a stream: bytes in and out of the frames of the protocol v4.channel.k8s.io. Each frame begins with
 * its channel, 0 for data and 1 for errors; the first one of a channel has the number of the port and nothing else.
 *
 * The protocol cannot close one direction alone: when our side ends, the websocket is asked to close, and what the pod has sent by then
 * still comes. What is not read stops the reading of the websocket, whose TCP connection then holds the sender back.
 */
import { Duplex } from 'node:stream';

/** What is needed of a websocket; `ws` has it. */
export interface FrameSocket {
  readonly isPaused: boolean;
  on(event: 'message', listener: (data: Buffer) => void): unknown;
  on(event: 'close', listener: (code: number) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  send(data: Buffer, done: (error?: Error | null) => void): void;
  close(code: number): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

export const PROTOCOL = 'v4.channel.k8s.io';

const DATA = 0;
const ERRORS = 1;
const DATA_BYTE = Buffer.of(DATA);
const PORT_BYTES = 2;

/** Closed without a word: the connection broke. */
const ABNORMAL = 1006;
const NORMAL = 1000;

/** What the pod's end of the connection says about it, such as that nobody listens on the port. */
export class PortRefused extends Error {}

export class PortStream extends Duplex {
  readonly #socket: FrameSocket;
  /** Channels that have not told their port yet. */
  readonly #unopened = new Set([DATA, ERRORS]);
  #received = false;

  /** Before the websocket is open, so that no frame is missed. */
  constructor(socket: FrameSocket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('message', (frame) => this.#take(frame));
    socket.on('close', (code) => {
      if (code === ABNORMAL) this.destroy(new Error('the connection broke'));
      else this.push(null);
    });
    socket.on('error', (error) => this.destroy(error));
  }

  /** Whether the pod has sent anything. */
  get received(): boolean {
    return this.#received;
  }

  #take(frame: Buffer): void {
    const channel = frame[0];
    let content = frame.subarray(1);
    if (channel !== undefined && this.#unopened.delete(channel)) content = content.subarray(PORT_BYTES);
    if (content.length === 0 || this.destroyed) return;
    if (channel === ERRORS) this.destroy(new PortRefused(content.toString('utf8')));
    if (channel !== DATA) return;
    this.#received = true;
    if (!this.push(content)) this.#socket.pause();
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([DATA_BYTE, chunk]), done);
  }

  override _final(done: () => void): void {
    this.#socket.close(NORMAL);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.terminate();
    done(error);
  }
}
