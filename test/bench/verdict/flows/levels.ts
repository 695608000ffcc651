import { Random } from '../../../simulator/random.js';
import type { Levels } from '../../../simulator/scenario.js';
import { gammaOfMeanOne, swing } from '../distributions.js';
import type { FlowSoak } from './soak.js';

const STEP_SECONDS = 30;
const PER_MINUTE = 60 / STEP_SECONDS;
/** A trend takes so long, a change of traffic so long (minutes). */
const TREND_MINUTES = 20;
const TRAFFIC_MINUTES = 5;
const SWING_MINUTES = 10;

/** How traffic and drops of the whole cluster go, and of each source of drops on top of it. */
export class Weather {
  readonly #soak: FlowSoak;
  readonly #seed: number;
  readonly #traffic: Float64Array;
  readonly #drops: Float64Array;
  /** undefined where it never changes. */
  readonly traffic: Levels | undefined;

  constructor(soak: FlowSoak, seed: number, minutes: number) {
    this.#soak = soak;
    this.#seed = seed;
    const { noise, baseline, gap, nodes } = soak;
    const random = new Random(seed, 'weather');
    const turn = random.between(baseline, baseline + gap * nodes);
    const drift = noise.trend ? Math.exp(random.between(-1, 1) * Math.LN2) : 1;
    const steps = Math.ceil(minutes * PER_MINUTE);
    this.#traffic = new Float64Array(steps);
    this.#drops = new Float64Array(steps);
    for (let step = 0; step < steps; step++) {
      const minute = step / PER_MINUTE;
      const traffic = ramp(minute, turn, TRAFFIC_MINUTES, noise.traffic) * (minute % 10 < 1 ? noise.cron : 1);
      this.#traffic[step] = traffic;
      this.#drops[step] = traffic * ramp(minute, turn, TREND_MINUTES, drift);
    }
    this.traffic = levels(this.#traffic);
  }

  /** Levels of drops that come on their own; `labels` tell one such source from another. */
  drops(...labels: readonly (string | number)[]): Levels | undefined {
    return levels(this.#noisy(this.#drops, labels));
  }

  /** Levels of a share of attempts: these bring the traffic with them. */
  dropShare(...labels: readonly (string | number)[]): Levels | undefined {
    return levels(
      this.#noisy(
        this.#drops.map((drops, step) => drops / (this.#traffic[step] ?? 1)),
        labels,
      ),
    );
  }

  /** Levels of the failing share of an edge: it swings, and that is all. */
  failures(...labels: readonly (string | number)[]): Levels | undefined {
    return levels(this.#swing(new Random(this.#seed, 'swing', ...labels)));
  }

  #noisy(common: Float64Array, labels: readonly (string | number)[]): Float64Array {
    const random = new Random(this.#seed, 'levels', ...labels);
    const own = this.#swing(random);
    const { burstShape } = this.#soak.noise;
    let burst = 1;
    return common.map((level, step) => {
      if (Number.isFinite(burstShape) && step % PER_MINUTE === 0) burst = gammaOfMeanOne(random, burstShape);
      return level * (own[step] ?? 1) * burst;
    });
  }

  #swing(random: Random): Float64Array {
    return swing(random, this.#traffic.length, this.#soak.noise.swing, SWING_MINUTES * PER_MINUTE);
  }
}

/** 1 until `from`, then along a straight line to `to` within `minutes`. */
function ramp(minute: number, from: number, minutes: number, to: number): number {
  return 1 + (to - 1) * Math.min(1, Math.max(0, (minute - from) / minutes));
}

function levels(factors: Float64Array): Levels | undefined {
  return factors.every((factor) => factor === 1) ? undefined : { stepSeconds: STEP_SECONDS, factors: [...factors] };
}
