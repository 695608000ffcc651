/**
 * Batches of responses on one call. grpc-js hands one response at a time to HTTP/2 and waits until the socket has it: a wakeup and a
 * system call for each. A batch is handed over at once instead, and goes out with a few writes; the messages on the wire are the same.
 */
import { ServerInterceptingCall } from '@grpc/grpc-js';
import type { ServerInterceptor, ServerWritableStream } from '@grpc/grpc-js';
import type { Message } from './wire.js';

/** Encoded responses that are sent together; never empty. */
export type ResponseBatch = readonly Buffer[];

export type BatchedCall = ServerWritableStream<Message, ResponseBatch>;

/** For a server whose handlers of this path write batches; its serializer gets the bytes of one response at a time. */
export function batchesOn(path: string): ServerInterceptor {
  return (method, call) => (method.path === path ? new BatchSendingCall(call) : new ServerInterceptingCall(call));
}

class BatchSendingCall extends ServerInterceptingCall {
  override sendMessage(batch: ResponseBatch, sent: () => void): void {
    const last = batch.length - 1;
    batch.forEach((response, i) => super.sendMessage(response, i === last ? sent : NOTHING));
  }
}

const NOTHING = (): void => undefined;
