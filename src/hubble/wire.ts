/**
 * The Hubble API in protobuf: bytes to events, and to and from the JSON that recordings hold. The proto files are read once, at first use.
 */
import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';
import type { MessageTypeDefinition, PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { packageRoot } from '../package-root.js';
import { decodeResponse } from './decode.js';
import type { LostEvents, SoakEvent } from './event.js';
import { LOST_SOURCE } from './event.js';
import type { MessageHead } from './message-head.js';
import { flowHeadIn, headOf } from './message-head.js';
import type { FromJson, Message } from './protojson.js';
import { messageFromJson, messageToJson } from './protojson.js';
import type { MessageSchema } from './schema.js';
import { readSchemas } from './schema.js';
import { formatTime } from './time.js';
import { flowUnknownFields, withUnknownFields } from './unknown-fields.js';

export type { FromJson, Message } from './protojson.js';

/** The messages that travel, by full name. */
export type MessageName =
  | 'flow.Flow'
  | 'observer.GetFlowsRequest'
  | 'observer.GetFlowsResponse'
  | 'observer.Node'
  | 'observer.GetNodesRequest'
  | 'observer.GetNodesResponse'
  | 'observer.GetNamespacesRequest'
  | 'observer.GetNamespacesResponse'
  | 'observer.ServerStatusRequest'
  | 'observer.ServerStatusResponse'
  | 'observer.ExportEvent';

/** Where the fields of a flow that our proto files do not declare stand in its JSON: number -> base64 of the field with its tag. */
export const UNKNOWN_FIELDS = 'unknown_fields';

interface Api {
  readonly definitions: PackageDefinition;
  readonly schemas: ReadonlyMap<string, MessageSchema>;
}

let loaded: Api | undefined;

function api(): Api {
  if (loaded === undefined) {
    const definitions = loadSync(['observer/observer.proto', 'peer/peer.proto'], {
      includeDirs: [join(packageRoot(), 'proto')],
      keepCase: true,
      longs: String,
      enums: String,
      bytes: String,
    });
    loaded = { definitions, schemas: readSchemas(definitions) };
  }
  return loaded;
}

/** All of `proto/` as gRPC libraries want it. */
export function packageDefinition(): PackageDefinition {
  return api().definitions;
}

/** The service `observer.Observer`, for clients and servers. */
export function observerService(): ServiceDefinition {
  return api().definitions['observer.Observer'] as ServiceDefinition;
}

export function schemaOf(name: MessageName): MessageSchema {
  const schema = api().schemas.get(name);
  if (schema === undefined) throw new Error(`proto/ does not declare ${name}`);
  return schema;
}

function definitionOf(name: MessageName): MessageTypeDefinition<object, object> {
  return api().definitions[name] as MessageTypeDefinition<object, object>;
}

/** Throws when the bytes are no such message. */
export function decodeMessage(name: MessageName, bytes: Buffer): Message {
  return definitionOf(name).deserialize(bytes) as Message;
}

export function encodeMessage(name: MessageName, message: Message): Buffer {
  return definitionOf(name).serialize(message);
}

/** The protobuf JSON mapping of a decoded message. */
export function toJson(name: MessageName, message: Message): Record<string, unknown> {
  return messageToJson(schemaOf(name), message) as Record<string, unknown>;
}

/** Protobuf JSON to a message for `encodeMessage`; what does not fit is dropped and counted. */
export function fromJson(name: MessageName, json: unknown): FromJson {
  return messageFromJson(schemaOf(name), json);
}

/** A message of a GetFlows stream: its event and its JSON are made when they are asked for. */
export interface FlowMessage {
  readonly head: MessageHead;
  /** Bytes that it keeps. */
  readonly size: number;
  readonly event: SoakEvent;
  /** As hubble writes it, with fields that only a newer Cilium knows under `flow.unknown_fields`. */
  raw(): Record<string, unknown>;
}

/** Reads a GetFlowsResponse. Bytes that are none count as one event that its node lost. */
export function decodeFlowMessage(bytes: Buffer): FlowMessage {
  return new WireMessage(bytes);
}

/** A message that came on no wire. */
export function messageOf(event: SoakEvent, raw: () => Record<string, unknown>): FlowMessage {
  return { head: headOf(event), size: 0, event, raw };
}

class WireMessage implements FlowMessage {
  readonly #bytes: Buffer;
  #head: MessageHead | undefined;
  #event: SoakEvent | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get head(): MessageHead {
    return (this.#head ??= flowHeadIn(this.#bytes) ?? headOf(this.event));
  }

  get size(): number {
    return this.#bytes.length;
  }

  get event(): SoakEvent {
    return (this.#event ??= this.#decode());
  }

  raw(): Record<string, unknown> {
    try {
      return responseToJson(this.#bytes, this.#decoded());
    } catch {
      return lostToJson(this.#broken());
    }
  }

  #decode(): SoakEvent {
    try {
      return decodeResponse(this.#decoded()) ?? { kind: 'other', time: NaN, node: '' };
    } catch {
      return this.#broken();
    }
  }

  /** Not kept: what lives until its batch is done costs more than decoding once more for those who want its JSON. */
  #decoded(): Message {
    return decodeMessage('observer.GetFlowsResponse', this.#bytes);
  }

  #broken(): LostEvents {
    const { time, node } = flowHeadIn(this.#bytes) ?? { time: NaN, node: '' };
    return { kind: 'lost', time, node, source: LOST_SOURCE.UNKNOWN, count: 1 };
  }
}

/** The line that tells of lost events. Their source stands there as its number, which every reader takes. */
export function lostToJson({ time, node, source, count }: LostEvents): Record<string, unknown> {
  return {
    lost_events: { source, num_events_lost: String(count) },
    ...(node === '' ? {} : { node_name: node }),
    ...(Number.isNaN(time) ? {} : { time: formatTime(time) }),
  };
}

function responseToJson(bytes: Buffer, message: Message): Record<string, unknown> {
  const json = toJson('observer.GetFlowsResponse', message);
  const unknown = flowUnknownFields(bytes, schemaOf('flow.Flow'));
  if (unknown.size > 0) {
    const fields = [...unknown].map(([number, raw]) => [number, raw.toString('base64')] as const);
    Object.assign(json['flow'] as object, { [UNKNOWN_FIELDS]: Object.fromEntries(fields) });
  }
  return json;
}

export interface EncodedResponse {
  readonly bytes: Buffer;
  /** Values and keys that could not be kept. */
  readonly dropped: number;
}

/** A recorded GetFlowsResponse (or the flow, status or loss of an ExportEvent) as the bytes a relay would send. */
export function encodeResponseJson(json: Message): EncodedResponse {
  const { message, dropped } = fromJson('observer.GetFlowsResponse', json);
  const flow = json['flow'];
  const unknown = typeof flow === 'object' && flow !== null ? (flow as Message)[UNKNOWN_FIELDS] : undefined;
  if (unknown === undefined || message['flow'] === undefined) {
    return { bytes: encodeMessage('observer.GetFlowsResponse', message), dropped };
  }
  const { flow: known, ...envelope } = message;
  const bytes = withUnknownFields(
    encodeMessage('flow.Flow', known as Message),
    unknown,
    encodeMessage('observer.GetFlowsResponse', envelope),
  );
  // The key itself is none of the schema's and was counted.
  return { bytes, dropped: dropped - 1 };
}
