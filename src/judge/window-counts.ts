/** How many of some windows lie before each window of the soak, so that a look counts a span by one subtraction. */
export class WindowCounts {
  /** Empty where there are no windows at all, as on most nodes for most signals. */
  readonly #before: Int32Array;
  readonly #length: number;

  /** @param windows in any order, in [0, length). */
  constructor(windows: readonly number[], length: number) {
    this.#length = length;
    this.#before = new Int32Array(windows.length === 0 ? 0 : length + 1);
    for (const window of windows) this.#before[window + 1] = (this.#before[window + 1] ?? 0) + 1;
    for (let w = 1; w < this.#before.length; w++) this.#before[w] = (this.#before[w] ?? 0) + (this.#before[w - 1] ?? 0);
  }

  get isEmpty(): boolean {
    return this.#before.length === 0;
  }

  /** Those in [from, to). */
  within(from: number, to: number): number {
    return to <= from ? 0 : (this.#before[this.#clip(to)] ?? 0) - (this.#before[this.#clip(from)] ?? 0);
  }

  #clip(window: number): number {
    return Math.max(0, Math.min(window, this.#length));
  }
}
