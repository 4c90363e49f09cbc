/** How long the live channel waits, for what. Milliseconds; `random` is in [0, 1). */

/** Nothing heard for so long: the connection is dead. The server pings every 5 s. */
export const SILENCE = 15_000;

/** The same where the browser says the network is gone: one ping may be late, not two. */
export const SILENCE_OFFLINE = 7_000;

/** Attempts in a row that the server did not welcome, though it answers otherwise. */
export const BLOCKED_AFTER = 3;

const SHORTEST = 300;
const FIRST = 1_500;
const LONGEST = 30_000;

/** Before attempt `failures` + 1: anything from a moment to a limit that doubles ("full jitter"). */
export function reconnectDelay(failures: number, random: number): number {
  const limit = Math.min(FIRST * 2 ** Math.max(failures, 0), LONGEST);
  return Math.round(SHORTEST + (limit - SHORTEST) * random);
}

/** The server shuts down; a restart is soon done, but not with everybody in the same instant. */
export const shutdownDelay = (random: number): number => Math.round(3_000 * random);

const RARELY = 60_000;
const RAREST = 15 * 60_000;

/**
 * Between attempts where sockets do not get through: every one of them leaves a line in the
 * console that no page can suppress. `tries` were made since it was noticed.
 */
export function blockedDelay(tries: number, random: number): number {
  return Math.round(Math.min(RARELY * 2 ** tries, RAREST) * (0.9 + 0.2 * random));
}
