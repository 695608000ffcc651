/** As much of HTTP/2's framing (RFC 9113, section 4.1) as it takes to put a frame of one's own between those of a server. */

const HEADER_BYTES = 9;
const SETTINGS = 0x4;
const GOAWAY = 0x7;
const LAST_STREAM = 0x7fffffff;

/** Follows the bytes of a server and knows when they are between two frames. */
export class FrameEnds {
  /** Unknown before the first frame, which is SETTINGS in HTTP/2. */
  #isHttp2: boolean | undefined;
  readonly #header: number[] = [];
  #payload = 0;
  #then: (() => void) | undefined;

  get isHttp2(): boolean {
    return this.#isHttp2 === true;
  }

  /** These bytes have come. */
  passed(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && this.#isHttp2 !== false) {
      if (this.#payload > 0) {
        const taken = Math.min(this.#payload, bytes.length - at);
        this.#payload -= taken;
        at += taken;
        continue;
      }
      this.#header.push(bytes[at++] ?? 0);
      if (this.#header.length < HEADER_BYTES) continue;
      const [high = 0, middle = 0, low = 0, type] = this.#header.splice(0);
      this.#isHttp2 ??= type === SETTINGS;
      this.#payload = high * 65_536 + middle * 256 + low;
    }
    if (this.#isBetween) this.#goOn();
  }

  /** Calls back once all of a frame has passed: now, or later. */
  whenBetween(then: () => void): void {
    this.#then = then;
    if (this.#isBetween) this.#goOn();
  }

  get #isBetween(): boolean {
    return this.#isHttp2 === false || (this.#payload === 0 && this.#header.length === 0);
  }

  #goOn(): void {
    const then = this.#then;
    this.#then = undefined;
    then?.();
  }
}

/** A GOAWAY (RFC 9113, section 6.8) for a client that may still finish what it began. */
export function goawayFrame(code: number, reason: string): Buffer {
  const debug = Buffer.from(reason, 'latin1');
  const frame = Buffer.alloc(HEADER_BYTES + 8 + debug.length);
  frame.writeUIntBE(8 + debug.length, 0, 3);
  frame.writeUInt8(GOAWAY, 3);
  frame.writeUInt32BE(LAST_STREAM, HEADER_BYTES);
  frame.writeUInt32BE(code, HEADER_BYTES + 4);
  debug.copy(frame, HEADER_BYTES + 8);
  return frame;
}
