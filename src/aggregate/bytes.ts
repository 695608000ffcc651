/** Numbers as bytes: small whole ones take one byte, any other number nine at most. What is read must be read as it was written. */

/** First byte of a number that is no whole number of 31 bits: its 8 bytes follow. */
const RAW = 0;

export class ByteWriter {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  /** Number of bytes written. */
  length = 0;

  /** What was written since the last `clear`; valid until the next byte. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length] = value;
    this.length += 1;
  }

  /** A whole number of at most 32 bits: 7 bits a byte, the lowest first. */
  whole(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.byte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Any number. */
  number(value: number): void {
    if (value >= 0 && value < 2 ** 31 && value === Math.floor(value)) this.whole(value + 1);
    else {
      this.byte(RAW);
      this.#room(8);
      this.#view.setFloat64(this.length, value);
      this.length += 8;
    }
  }

  /** A whole number of 32 bits, in 4 bytes. */
  word(value: number): void {
    this.#room(4);
    this.#view.setUint32(this.length, value);
    this.length += 4;
  }

  /** Bytes of another writer. */
  append(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  #room(bytes: number): void {
    if (this.length + bytes > this.#bytes.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.length + bytes));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads what a ByteWriter wrote, from any place on. */
export class ByteReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Goes on at a place in these bytes. */
  open(bytes: Uint8Array, at: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset);
    }
    this.#at = at;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  whole(): number {
    const first = this.#bytes[this.#at++] ?? 0;
    if (first < 128) return first;
    let value = first & 127;
    for (let shift = 7; ; shift += 7) {
      const next = this.#bytes[this.#at++] ?? 0;
      value |= (next & 127) << shift;
      if (next < 128) return value >>> 0;
    }
  }

  number(): number {
    const value = this.whole();
    if (value !== RAW) return value - 1;
    const at = this.#at;
    this.#at += 8;
    return this.#view.getFloat64(at);
  }

  word(): number {
    const [a, b, c, d] = [this.byte(), this.byte(), this.byte(), this.byte()];
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }
}
