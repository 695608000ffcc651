import { ASCII, firstOf, indentation, isBlank, lastBefore, objectStart } from './json-bytes.js';
import { JsonSpan } from './json-span.js';

/** Who takes what a scanner finds. */
export interface ObjectTaker {
  /** One parsed JSON object that began on `line`. Returns whether it was taken: false = it is of no known kind. */
  object(value: object, line: number): boolean;
  /** Something on `line` that cannot be used. */
  broken(line: number, why: string): void;
}

const { QUOTE, COMMA, COLON, OPEN_LIST, CLOSE_LIST, BACKSLASH, OPEN, CLOSE } = ASCII;
const NEWLINE = Buffer.from('\n');
const EMPTY = Buffer.alloc(0);

/** How the messages begin that never stand inside of another one: good places to go on behind a broken one. */
const MESSAGE_STARTS = ['{"flow":', '{"lost_events":', '{"node_status":', '{"agent_event":', '{"nodes":'];
/** Bytes looked at for each broken byte, at most. */
const RECOVERY_WORK = 4;

/**
 * Finds the JSON objects in lines of any form: several on a line, one over many lines, in lists, behind prefixes, inside of quoted text.
 * For lines that are not simply one object (those are parsed without it).
 *
 * A broken line is counted once and never takes good lines behind it along: an object that is still open is given up as soon as a line
 * shows to stand by itself, or holds what JSON cannot.
 */
export class ObjectScanner {
  readonly #taker: ObjectTaker;
  #open: JsonSpan | undefined;
  #inList = false;
  /** After a broken object of many lines: lines indented deeper than this still belong to it. */
  #skipDeeperThan = Infinity;
  // Of the present line:
  #line = 0;
  #found = false;
  #broken = false;
  #text: string | undefined;

  constructor(taker: ObjectTaker) {
    this.#taker = taker;
  }

  /** Whether lines are awaited to complete an object, so that the next one cannot be taken by itself. */
  get waiting(): boolean {
    return this.#open !== undefined || this.#skipDeeperThan !== Infinity;
  }

  /** A whole line, or with `last` false a piece of a very long one. `number` counts physical lines from 1. */
  take(bytes: Buffer, number: number, last = true): void {
    const begins = number !== this.#line;
    if (begins) {
      this.#line = number;
      this.#found = false;
      this.#broken = false;
      this.#text = undefined;
      if (this.#skips(bytes)) return;
    }
    if (this.#open === undefined) this.#scan(bytes, 0, last);
    else if (begins) this.#nextLine(this.#open, bytes, last);
    else this.#goOn(this.#open, bytes, last);
    if (last) this.#endLine();
  }

  /** The end of the file. */
  end(): void {
    if (this.#open !== undefined) this.#giveUp(this.#open, 'the end of the file cuts an object off');
  }

  #endLine(): void {
    const open = this.#open;
    if (open?.inString === true) {
      this.#giveUp(open, 'a line ends inside of a string');
      if (open.indented === true) this.#skipDeeperThan = open.column;
    }
    if (!this.#found && this.#text !== undefined) this.#breakLine(this.#line, `not JSON: ${excerpt(this.#text)}`);
  }

  /** Whether the line is the rest of a broken pretty-printed object. */
  #skips(bytes: Buffer): boolean {
    if (this.#skipDeeperThan === Infinity) return false;
    const indent = indentation(bytes);
    if (indent === bytes.length || indent > this.#skipDeeperThan) return true;
    this.#skipDeeperThan = Infinity;
    return bytes[indent] === CLOSE;
  }

  /** A line that begins within an object. */
  #nextLine(open: JsonSpan, bytes: Buffer, last: boolean): void {
    const indent = indentation(bytes);
    const blank = indent === bytes.length;
    const first = open.indented === undefined && !blank;
    if (first) open.indented = indent > open.column;
    if ((first && !isContinuation(open, bytes[indent])) || standsAlone(open, bytes, indent)) {
      this.#giveUp(open, 'an object is not closed');
      this.#freshly(bytes, last);
      return;
    }
    open.feed(NEWLINE, 0);
    this.#found = true;
    this.#goOn(open, bytes, last);
    // In pretty print, a brace at its own column is the object's last.
    if (this.#open === open && open.indented === true && indent <= open.column && !blank) {
      this.#giveUp(open, 'an object is not closed');
    }
  }

  #goOn(open: JsonSpan, bytes: Buffer, last: boolean): void {
    const next = this.#feed(open, bytes, 0, last);
    if (this.#open === undefined) this.#scan(bytes, next, last);
  }

  /** Reads a line as if nothing had been open before it: what was counted as broken is an earlier one. */
  #freshly(bytes: Buffer, last: boolean): void {
    this.#found = false;
    this.#broken = false;
    this.#scan(bytes, 0, last);
  }

  /** Looks for objects from `from` on, outside of any. */
  #scan(bytes: Buffer, from: number, last: boolean): void {
    let at = from;
    for (;;) {
      const start = objectStart(bytes, at, last);
      if (start < 0) break;
      this.#outside(bytes, at, start);
      this.#found = true;
      if (bytes[start + 1] === BACKSLASH) at = this.#quoted(bytes, start);
      else at = this.#feed(new JsonSpan(this.#line, start), bytes, start, last);
      if (this.#open !== undefined) return;
    }
    this.#outside(bytes, at, bytes.length);
  }

  /** Gives bytes to an object and takes it when it is closed. Returns where to go on. */
  #feed(span: JsonSpan, bytes: Buffer, from: number, last: boolean): number {
    const { state, next } = span.feed(bytes, from);
    this.#open = state === 'open' ? span : undefined;
    if (state === 'open') return next;
    const value = state === 'closed' ? parse(span.bytes()) : undefined;
    if (value === undefined) {
      const why = `not JSON: ${excerpt(span.bytes().toString('utf8', 0, 200))}`;
      if (state === 'invalid' && span.line === this.#line) {
        // What follows on this line is no better, but for messages that begin anew.
        this.#giveUp(span, why, bytes.subarray(next));
        return bytes.length;
      }
      this.#giveUp(span, why);
      return state === 'closed' ? next : this.#afterInvalid(span, bytes, last);
    }
    if (!this.#taker.object(value, span.line)) this.#taker.broken(span.line, unknownKind(value));
    return next;
  }

  /** Where to go on when an object of an earlier line met a byte that JSON cannot hold. */
  #afterInvalid(span: JsonSpan, bytes: Buffer, last: boolean): number {
    if (span.indented === true && indentation(bytes) > span.column) this.#skipDeeperThan = span.column;
    // This line has nothing to do with the object that it broke.
    else this.#freshly(bytes, last);
    return bytes.length;
  }

  /** Counts a broken object, and takes what can be told to be whole in it: a killed writer's line with another's behind it. */
  #giveUp(span: JsonSpan, why: string, behind: Buffer = EMPTY): void {
    this.#open = undefined;
    this.#breakLine(span.line, why);
    const bytes = span.bytes().subarray(1);
    this.#recover(behind.length === 0 ? bytes : Buffer.concat([bytes, behind]));
  }

  /** Takes messages out of broken bytes: bare flows only from a list, where they can be told from parts of something broken. */
  #recover(bytes: Buffer): void {
    let at = 0;
    // What is not closed is looked through to its end each time: a bound, or a hostile line would take for ever.
    let budget = RECOVERY_WORK * bytes.length;
    while (budget > 0) {
      const start = this.#inList ? objectStart(bytes, at) : firstOf(MESSAGE_STARTS, bytes, at);
      if (start < 0) return;
      at = start + 1;
      if (this.#inList && lastBefore(bytes, start) === COLON) continue;
      const { state, next } = new JsonSpan(this.#line, start).feed(bytes, start);
      budget -= next - start;
      const value = state === 'closed' ? parse(bytes.subarray(start, next)) : undefined;
      if (value === undefined) continue;
      this.#taker.object(value, this.#line);
      at = next;
    }
  }

  /** JSON inside of a quoted string, as loggers write it: `msg="{\"flow\":...}"`. Returns where to go on. */
  #quoted(bytes: Buffer, start: number): number {
    let end = start;
    while (end < bytes.length && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
    end = Math.min(end, bytes.length);
    const text = unquote(bytes.toString('utf8', start, end));
    const found = text === undefined ? 0 : takeEmbedded(text, this.#line, this.#taker);
    if (found === 0) this.#breakLine(this.#line, `not JSON: ${excerpt(bytes.toString('utf8', start, start + 200))}`);
    return end + 1;
  }

  /** Text between objects: brackets and commas of a list, prefixes, or nothing but text. */
  #outside(bytes: Buffer, from: number, to: number): void {
    let inList = this.#inList;
    let at = from;
    for (; at < to; at++) {
      const byte = bytes[at] ?? 0;
      if (isBlank(byte) || (byte === COMMA && inList)) continue;
      if (byte !== (inList ? CLOSE_LIST : OPEN_LIST)) break;
      inList = !inList;
    }
    if (at >= to) this.#inList = inList;
    else if (!this.#found) this.#text ??= bytes.toString('utf8', at, Math.min(to, at + 200));
  }

  /** At most one for a line: its pieces are not told apart. */
  #breakLine(line: number, why: string): void {
    if (!this.#broken) this.#taker.broken(line, why);
    this.#broken = true;
  }
}

export function unknownKind(value: object): string {
  return `no message of Hubble: ${excerpt(Object.keys(value).slice(0, 5).join(', '))}`;
}

/** Whether an object whose first line is nothing but its brace can go on with this byte: with a key, or its end. */
function isContinuation(open: JsonSpan, byte: number | undefined): boolean {
  return byte === QUOTE || byte === CLOSE || open.bytes().toString('latin1', 0, 64).trim() !== '{';
}

/** Whether a line inside of an open object is an object of its own. */
function standsAlone(open: JsonSpan, bytes: Buffer, indent: number): boolean {
  if (bytes[indent] !== OPEN) return false;
  if (open.indented === true && indent <= open.column) return true;
  // Pretty printers put a newline behind an opening brace, or close it on the same line.
  if (bytes[indent + 1] !== QUOTE) return false;
  return indent === 0 || MESSAGE_STARTS.some((start) => bytes.indexOf(start, indent) === indent);
}

/** Takes the messages that a text holds; returns how many of them were of a known kind. */
export function takeEmbedded(text: string, line: number, taker: ObjectTaker): number {
  let known = 0;
  const scanner = new ObjectScanner({
    object(value) {
      const isKnown = taker.object(value, line);
      if (isKnown) known++;
      return isKnown;
    },
    // The text around is counted, not its parts.
    broken: () => undefined,
  });
  scanner.take(Buffer.from(text), line);
  return known;
}

function parse(bytes: Buffer): object | undefined {
  try {
    return JSON.parse(bytes.toString()) as object;
  } catch {
    return undefined;
  }
}

/** The text that a quoted one stands for; undefined when its escapes are none of JSON's. */
function unquote(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}

/** Enough of a text to know it again. */
function excerpt(text: string): string {
  const short = text.trim().slice(0, 60);
  return short.length < text.trim().length ? `${short}...` : short;
}
