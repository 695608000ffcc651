/**
 * The Hubble API in protobuf: bytes to events, and to and from the JSON that recordings hold. The proto files are read once, at first use.
 */
import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';
import type { MessageTypeDefinition, PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { packageRoot } from '../package-root.js';
import { decodeResponse } from './decode.js';
import type { SoakEvent } from './event.js';
import type { FromJson, Message } from './protojson.js';
import { messageFromJson, messageToJson } from './protojson.js';
import type { MessageSchema } from './schema.js';
import { readSchemas } from './schema.js';
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

/** A message of a GetFlows stream: its event at once, its JSON when it is asked for. */
export interface FlowMessage {
  readonly event: SoakEvent;
  /** As hubble writes it, with fields that only a newer Cilium knows under `flow.unknown_fields`. */
  raw(): Record<string, unknown>;
}

/** Reads a GetFlowsResponse. Throws when the bytes are none. */
export function decodeFlowMessage(bytes: Buffer): FlowMessage {
  const message = decodeMessage('observer.GetFlowsResponse', bytes);
  return {
    event: decodeResponse(message) ?? { kind: 'other', time: NaN, node: '' },
    raw: () => responseToJson(bytes, message),
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
