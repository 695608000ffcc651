import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RelayClient } from '../../src/hubble/relay.js';
import type { Served } from './replay-serve.js';

export interface ReplayLoad {
  /** From the first flow to the last one. */
  readonly seconds: number;
  /** CPU time in these. */
  readonly serverSeconds: number;
  readonly clientSeconds: number;
}

/**
 * A recording of so many flows, replayed by a process of its own and followed by this one: as fast as it goes, or at a pace of so many
 * flows/s. `decode`: each flow is made into an event, as `watch` does; else it is only counted.
 */
export async function measureReplay(
  file: string,
  flows: number,
  { decode, perSecond }: { readonly decode: boolean; readonly perSecond?: number },
): Promise<ReplayLoad> {
  const args = [file, String(perSecond ?? 'max')];
  const server = fork(fileURLToPath(new URL('replay-serve.js', import.meta.url)), args);
  const stop = new AbortController();
  const served = async (): Promise<Served> => ((await once(server, 'message')) as [Served])[0];
  const { address } = await served();
  const client = new RelayClient({ server: address, timeoutMs: 10_000 });
  try {
    let [seen, began, cpu] = [0, 0, process.cpuUsage()];
    let serverBegan: Served | undefined;
    for await (const batch of client.flows({ follow: true }, stop.signal)) {
      if (serverBegan === undefined) {
        server.send('cpu');
        serverBegan = await served();
        [began, cpu] = [performance.now(), process.cpuUsage()];
      }
      for (const message of batch) if ((decode ? message.event : message.head).kind === 'flow') seen += 1;
      if (seen >= flows) break;
    }
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    server.send('cpu');
    const serverSeconds = (await served()).cpuSeconds - (serverBegan?.cpuSeconds ?? 0);
    return { seconds, serverSeconds, clientSeconds: (user + system) / 1e6 };
  } finally {
    stop.abort();
    client.close();
    server.kill();
  }
}
