/** How long to wait before asking an unreachable server again. */

/** Seconds; the last one repeats. Short at first: most failures are a restart or a lift ride. */
const STEPS = [1, 2, 4, 8, 15];

/** Spread of ±20 %, so that a lab's browsers do not all come back in the same millisecond. */
const JITTER = 0.2;

/** Milliseconds before attempt `failures` + 1; `random` is in [0, 1). */
export function delayAfter(failures: number, random: number = Math.random()): number {
  const step = STEPS[Math.min(Math.max(failures, 1), STEPS.length) - 1] ?? 15;
  return Math.round(step * 1000 * (1 - JITTER + 2 * JITTER * random));
}
