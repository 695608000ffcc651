import { join } from 'node:path';
import { startReplay } from '../../hubble/replay-server.js';
import { DEFAULT_SETTINGS, type Settings } from '../../judge/settings.js';
import { packageRoot } from '../../package-root.js';
import { createLogger } from '../logger.js';
import type { LogValues } from '../options/output.js';
import { Screen } from '../screen.js';
import { Publisher } from './publish.js';
import { readForReplay } from './replay.js';
import { watchSoak } from './watch-soak.js';

const RECORDING = 'recordings/demo.jsonl.gz';
const SPEED = 60;
/** Of recorded time: the last node is soaked before the recording is over. */
const SOAK_MS = 10 * 60_000;
/** Wall time after the recording's end at which the demo ends whatever it has seen. */
const GRACE_MS = 3_000;

/** Serves the demo's recording and watches it, over real gRPC. */
export async function runDemo(options: LogValues, env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const screen = new Screen(process.stderr, env);
  const log = await createLogger(screen, options, env);
  const recording = await readForReplay([join(packageRoot(), RECORDING)], log);
  const replay = await startReplay(recording, {
    listen: '127.0.0.1:0',
    speed: SPEED,
    log: (message) => log.warn(message),
  });
  try {
    log.info(`the demo replays ${RECORDING} at ${SPEED} times its speed on ${replay.address} and watches it`);
    const settings: Settings = { ...DEFAULT_SETTINGS, knob: 'bpf.masquerade', soakMs: SOAK_MS };
    const { document } = await watchSoak({
      relay: { server: replay.address, timeoutMs: 5_000 },
      settings,
      durationMs: (recording.end - recording.start) / SPEED + GRACE_MS,
      logging: options,
      screen,
      log,
      env,
    });
    await new Publisher({ ...options, json: false, report: [], slack: false }, env, log).publish(document);
    return 0;
  } finally {
    await replay.close();
  }
}
