/** Attempts by slot while they are counted: a soak has millions of them, told in nearly any order. */

/** Slots of a page, and places of a chunk: powers of two. */
const PAGE = 32;
const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;
/** What a place of a page holds at most: it then says that the number stands elsewhere. */
const MANY = 0xffff;

/** Room for the numbers of many series, two bytes each, in pages of slots near to each other. */
export class CountPages {
  readonly #chunks: Uint16Array[] = [];
  /** Numbers that a place cannot hold. */
  readonly #many = new Map<number, number>();
  #pages = 0;

  /** The first place of a new page. */
  open(): number {
    const place = this.#pages * PAGE;
    if (place % CHUNK === 0) this.#chunks.push(new Uint16Array(CHUNK));
    this.#pages += 1;
    return place;
  }

  at(place: number): number {
    const value = this.#chunks[place >>> CHUNK_BITS]?.[place & (CHUNK - 1)] ?? 0;
    return value === MANY ? (this.#many.get(place) ?? 0) : value;
  }

  put(place: number, value: number): void {
    const chunk = this.#chunks[place >>> CHUNK_BITS];
    if (chunk !== undefined) chunk[place & (CHUNK - 1)] = Math.min(value, MANY);
    if (value >= MANY) this.#many.set(place, value);
  }
}

/** One number for each slot of a series. */
export class PagedSlots {
  readonly #counts: CountPages;
  /** First place of each page; undefined where it has none. */
  readonly #pages: (number | undefined)[] = [];

  constructor(counts: CountPages) {
    this.#counts = counts;
  }

  /** All slots from here on are 0. */
  get end(): number {
    return this.#pages.length * PAGE;
  }

  at(slot: number): number {
    const page = this.#pages[Math.floor(slot / PAGE)];
    return page === undefined ? 0 : this.#counts.at(page + (slot % PAGE));
  }

  put(slot: number, value: number): void {
    this.#counts.put((this.#pages[Math.floor(slot / PAGE)] ??= this.#counts.open()) + (slot % PAGE), value);
  }
}

/** What the two ends of a series told of its slots: of each slot what the source told counts, or else what the destination did. */
export class ToldSlots {
  /** Of each slot twice the attempts, and 1 more when the source told them. */
  readonly #words: PagedSlots;
  readonly atSource = new SlotCounts(this, true);
  readonly atDestination = new SlotCounts(this, false);

  constructor(counts: CountPages) {
    this.#words = new PagedSlots(counts);
  }

  add(slot: number, attempts: number, bySource: boolean): void {
    const told = this.#words.at(slot);
    const isSource = (told & 1) === 1;
    if (isSource === bySource || told === 0)
      this.#words.put(slot, told === 0 ? 2 * attempts + (bySource ? 1 : 0) : told + 2 * attempts);
    else if (bySource) this.#words.put(slot, 2 * attempts + 1);
  }

  /** Attempts of a slot, failed ones included, and whose word they are; undefined where nothing was told of it. */
  at(slot: number): { readonly attempts: number; readonly by: SlotCounts } | undefined {
    const told = this.#words.at(slot);
    if (told === 0) return undefined;
    return { attempts: Math.floor(told / 2), by: (told & 1) === 1 ? this.atSource : this.atDestination };
  }
}

/** Attempts of one series as one of its ends told them. */
export class SlotCounts {
  readonly #told: ToldSlots;
  readonly #isSource: boolean;
  /** Failed attempts by slot and reason; most slots have none, and most edges neither. */
  #reasons: Map<number, Map<number, number>> | undefined;

  constructor(told: ToldSlots, isSource: boolean) {
    this.#told = told;
    this.#isSource = isSource;
  }

  answered(slot: number, attempts: number): void {
    if (attempts > 0) this.#told.add(slot, Math.ceil(attempts), this.#isSource);
  }

  failed(slot: number, reason: number, attempts: number): void {
    if (attempts === 0) return;
    this.#told.add(slot, attempts, this.#isSource);
    this.#reasons ??= new Map<number, Map<number, number>>();
    let reasons = this.#reasons.get(slot);
    if (reasons === undefined) this.#reasons.set(slot, (reasons = new Map<number, number>()));
    reasons.set(reason, (reasons.get(reason) ?? 0) + attempts);
  }

  failures(slot: number): number {
    let failed = 0;
    const reasons = this.#reasons?.get(slot);
    if (reasons !== undefined) for (const count of reasons.values()) failed += count;
    return failed;
  }

  /** Drop reason of most failed attempts of a slot; the smaller number where two have as many; 0 where nothing was dropped. */
  reason(slot: number): number {
    let best = 0;
    let most = 0;
    for (const [reason, count] of this.#reasons?.get(slot) ?? [])
      if (count > most || (count === most && reason < best)) {
        best = reason;
        most = count;
      }
    return best;
  }
}
