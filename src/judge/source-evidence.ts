import { logM } from '../stats/counts.js';
import { logThreshold } from '../stats/thresholds.js';
import { HELD_LOG_E, HELD_UNITS } from './constants.js';

/** A comparison of units (episodes) at one look. Exposures are in windows. */
export interface SourceEvidence {
  readonly nb: number;
  readonly eb: number;
  readonly na: number;
  readonly ea: number;
  readonly rho: number;
  readonly phi: number;
  /** Trend of the controls, and units that moved sources brought along. */
  readonly trend: number;
  readonly donor: number;
  readonly logE: number;
  readonly limit: number;
  readonly watch: number;
  readonly fails: boolean;
  readonly watched: boolean;
}

/** Units of the held part, the windows in sight in it, and the same scaled by the growth of traffic. */
export interface HeldUnits {
  readonly units: number;
  readonly exposure: number;
  readonly windows: number;
}

/** The numbers of one look, and what else must hold: asked only where the evidence suffices, as it takes more time than all the rest. */
export interface SourceNumbers extends Pick<
  SourceEvidence,
  'nb' | 'eb' | 'na' | 'ea' | 'rho' | 'phi' | 'trend' | 'donor'
> {
  readonly weight: number;
  readonly isOn: () => boolean;
  readonly held: () => HeldUnits;
}

/** @param heldExposure windows that the held part must have. */
export function decide(look: SourceNumbers, alpha: number, heldExposure: number): SourceEvidence {
  const { nb, eb, na, ea, rho, phi, trend, donor, weight } = look;
  const logE = eb > 0 && ea > 0 ? logM(nb, eb, na, ea, rho, phi) : 0;
  const limit = logThreshold(alpha, weight);
  const watch = -Math.log(weight);
  const watched = logE >= watch && look.isOn();
  const isHeld = (): boolean => {
    const held = look.held();
    return (
      held.units >= HELD_UNITS &&
      held.windows >= heldExposure &&
      eb > 0 &&
      logM(nb, eb, held.units, held.exposure, rho, phi) >= HELD_LOG_E
    );
  };
  const fails = logE >= limit && watched && isHeld();
  return { nb, eb, na, ea, rho, phi, trend, donor, logE, limit, watch, fails, watched };
}
