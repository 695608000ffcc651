import type { FlowRecord } from '../hubble/event.js';

/** The 5-tuple of a flow as text, from its source to its destination. ICMP has no ports. */
export function tupleOf(flow: FlowRecord): string {
  return `${flow.protocol}|${flow.sourceIp}|${flow.sourcePort}|${flow.destinationIp}|${flow.destinationPort}`;
}

/** The tuple of the connection that a reply belongs to; `answeredIp` stands for the reply's source (a service address, perhaps). */
export function reversedTuple(flow: FlowRecord, answeredIp: string): string {
  return `${flow.protocol}|${flow.destinationIp}|${flow.destinationPort}|${answeredIp}|${flow.sourcePort}`;
}

/** FNV-1a over UTF-16 code units, 32 bits unsigned: what journals of different nodes know an attempt by. */
export function hashTuple(tuple: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < tuple.length; i++) hash = Math.imul(hash ^ tuple.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A 52-bit hash of a UUID, for sets of numbers instead of strings. */
export function hashUuid(uuid: string): number {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < uuid.length; i++) {
    const c = uuid.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ c, 0x85ebca6b);
  }
  return (a >>> 0) * 0x100000 + ((b >>> 12) & 0xfffff);
}
