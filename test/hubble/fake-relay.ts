/** A gRPC server that says what a test wants, where a replay would be too well behaved. */
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { fromJson, observerService } from '../../src/hubble/wire.js';
import type { Message } from '../../src/hubble/wire.js';
import type { Json } from './lines.js';

export type FlowsCall = ServerWritableStream<Message, Message>;

export interface FakeRelay {
  readonly address: string;
  /** Requests of GetFlows so far. */
  readonly requests: readonly FlowsCall[];
  close(): void;
}

export interface FakeAnswers {
  /** The messages of one GetFlows call; undefined keeps it open. The n-th call gets `attempt` n, from 0. */
  flows(call: FlowsCall, attempt: number): void;
  /** `never` takes the call and does not answer it; undefined does not know it. */
  readonly nodes?: (() => Json) | 'never' | undefined;
  readonly credentials?: ServerCredentials | undefined;
}

export async function startFakeRelay(answers: FakeAnswers): Promise<FakeRelay> {
  const server = new Server();
  const requests: FlowsCall[] = [];
  const { GetFlows, GetNodes } = observerService();
  if (GetFlows === undefined || GetNodes === undefined) throw new Error('incomplete service');
  server.addService(
    { GetFlows, ...(answers.nodes ? { GetNodes } : {}) },
    {
      GetFlows: (call: FlowsCall) => {
        requests.push(call);
        call.on('error', () => undefined);
        answers.flows(call, requests.length - 1);
      },
      GetNodes: (_call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>) => {
        if (typeof answers.nodes !== 'function') return;
        callback(null, fromJson('observer.GetNodesResponse', answers.nodes()).message);
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', answers.credentials ?? ServerCredentials.createInsecure(), (error, taken) =>
      error ? reject(error) : resolve(taken),
    );
  });
  return { address: `127.0.0.1:${port}`, requests, close: () => server.forceShutdown() };
}

/** Sends lines of protobuf JSON on a call. */
export function send(call: FlowsCall, ...lines: readonly Json[]): void {
  for (const line of lines) call.write(fromJson('observer.GetFlowsResponse', line).message);
}

export function fail(call: FlowsCall, details: string, code = status.UNAVAILABLE): void {
  call.emit('error', { code, details });
}
