/** Who is followed, and what is told of it. */
import type { OverloadStatus } from './overload.js';
import type { FlowsRequest, NodesAnswer } from './relay.js';
import type { FlowMessage } from './wire.js';

/** What `follow` needs of a relay; RelayClient is one. */
export interface FollowableRelay {
  readonly address: string;
  readonly timeoutMs: number;
  waitForReady(): Promise<void>;
  flows(request: FlowsRequest, signal: AbortSignal): AsyncIterable<FlowMessage[]>;
  nodes(timeoutMs?: number, signal?: AbortSignal): Promise<NodesAnswer>;
  reconnect(): void;
}

export interface FollowStatus {
  readonly kind:
    'connected' | 'interrupted' | 'mask-refused' | 'node-silent' | 'connection-dead' | OverloadStatus['kind'];
  /** One sentence for a log. */
  readonly message: string;
}
