import type { Random } from './random.js';

/** Ports of clients, each once before any comes again. */
export class EphemeralPorts {
  static readonly #LOWEST = 32768;
  static readonly #COUNT = 28232;
  readonly #stride: number;
  #next: number;

  constructor(random: Random) {
    // Odd, and below the other prime factor of COUNT: the walk meets every port.
    this.#stride = 2 * random.integer(200, 1700) + 1;
    this.#next = random.integer(0, EphemeralPorts.#COUNT - 1);
  }

  next(): number {
    this.#next = (this.#next + this.#stride) % EphemeralPorts.#COUNT;
    return EphemeralPorts.#LOWEST + this.#next;
  }
}
