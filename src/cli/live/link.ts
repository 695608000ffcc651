/** Does the relay send? What a person who looks at the screen must see at once. */
import type { FollowStatus } from '../../hubble/follow.js';
import { formatTime } from '../../hubble/time.js';
import { compact } from '../../report/wording.js';
import type { Cell } from '../fit.js';
import { clock } from './changes.js';

/** Without a flow for this long, that is told, ms. */
const QUIET_MS = 15_000;

export type Link =
  | { readonly state: 'connecting' }
  /** `heardAt`: when the last flow came; all times are ms of this machine's clock. */
  | { readonly state: 'connected'; readonly heardAt: number }
  | { readonly state: 'interrupted'; readonly since: number };

/** The connection after what the source told of it. */
export function linkAfter(link: Link, { kind }: FollowStatus, now: number): Link {
  if (kind === 'connected') return { state: 'connected', heardAt: now };
  if ((kind === 'interrupted' || kind === 'connection-dead') && link.state === 'connected')
    return { state: 'interrupted', since: now };
  return link;
}

export function linkCell(link: Link, now: number): Cell {
  switch (link.state) {
    case 'connecting':
      return { text: 'connecting', style: 'yellow' };
    case 'connected': {
      const quiet = now - link.heardAt;
      if (quiet < QUIET_MS) return { text: 'connected' };
      return { text: `connected, but no flow for ${compact(quiet / 1000)}`, style: 'yellow' };
    }
    case 'interrupted': {
      const seconds = (now - link.since) / 1000;
      return { text: `NOT CONNECTED for ${compact(seconds)}, since ${clock(formatTime(link.since))}`, style: 'red' };
    }
  }
}
