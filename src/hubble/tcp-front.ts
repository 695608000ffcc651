/**
 * A TCP port in front of a server, where connections can be made to fail as they do between a client and a relay: closed, reset, refused,
 * told to go away, or left open and dead. Bytes pass unchanged, TLS too.
 */
import { createServer, connect, type Server, type Socket } from 'node:net';
import { FrameEnds, goawayFrame } from './http2-frames.js';

export interface FrontOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The port on 127.0.0.1 that a new connection is led to. */
  readonly target: () => number;
}

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  readonly frames: FrameEnds;
  /** Nothing passes any more. */
  dead: boolean;
}

export class TcpFront {
  readonly #options: FrontOptions;
  readonly #lines = new Set<Line>();
  #listener: Server | undefined;
  #port: number;

  private constructor(options: FrontOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** Rejects with the error of the socket when the address cannot be had. */
  static async open(options: FrontOptions): Promise<TcpFront> {
    const front = new TcpFront(options);
    await front.listen();
    return front;
  }

  /** The port that was taken; the same one each time. */
  get port(): number {
    return this.#port;
  }

  /** Takes connections again. */
  async listen(): Promise<void> {
    if (this.#listener !== undefined) return;
    const listener = createServer((client) => this.#lead(client));
    this.#listener = listener;
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.#port, this.#options.host.replace(/^\[|\]$/g, ''), resolve);
    });
    const address = listener.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** As a process that is gone: connections are closed, and refused from now on. */
  close(): void {
    this.#listener?.close();
    this.#listener = undefined;
    for (const line of this.#lines) end(line);
  }

  /** Ends all connections without a word, by a TCP reset. */
  reset(): void {
    for (const line of this.#lines) {
      line.client.resetAndDestroy();
      line.server.destroy();
    }
  }

  /** Sends a GOAWAY of HTTP/2 with this code, and ends all connections. What is encrypted only ends. */
  goaway(code: number, reason: string): void {
    for (const line of this.#lines)
      line.frames.whenBetween(() => {
        line.server.destroy();
        if (line.frames.isHttp2) line.client.write(goawayFrame(code, reason));
        line.client.end();
      });
  }

  /** The connections of now stay open, and carry nothing any more. */
  silence(): void {
    for (const line of this.#lines) line.dead = true;
  }

  #lead(client: Socket): void {
    const server = connect(this.#options.target(), '127.0.0.1');
    const line: Line = { client, server, frames: new FrameEnds(), dead: false };
    this.#lines.add(line);
    client.setNoDelay();
    server.setNoDelay();
    pass(client, server, line);
    pass(server, client, line);
    server.on('data', (bytes: Buffer) => line.frames.passed(bytes));
    client.on('close', () => {
      this.#lines.delete(line);
      server.destroy();
    });
  }
}

/** Waits while the other side is slower. */
function pass(from: Socket, to: Socket, line: Line): void {
  from.on('data', (bytes: Buffer) => {
    if (!line.dead && to.writable && !to.write(bytes)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => {
    if (!line.dead) to.end();
  });
  // A connection that fails is closed next.
  from.on('error', () => undefined);
  from.on('close', () => {
    if (!line.dead) to.destroySoon();
  });
}

function end({ client, server }: Line): void {
  client.destroy();
  server.destroy();
}
