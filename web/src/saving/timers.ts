/** When a text that is being typed in is due: after a pause, but not later than a limit. */

/** Milliseconds without a keystroke. */
export const PAUSE = 1_000;
/** Milliseconds after the first unsaved keystroke, however steady the typing. */
export const LATEST = 10_000;

export class Timers<Key> {
  private readonly pauses = new Map<Key, ReturnType<typeof setTimeout>>();
  private readonly limits = new Map<Key, ReturnType<typeof setTimeout>>();

  constructor(private readonly due: (key: Key) => void) {}

  /** A keystroke. */
  touch(key: Key): void {
    clearTimeout(this.pauses.get(key));
    this.pauses.set(key, setTimeout(() => this.fire(key), PAUSE));
    if (!this.limits.has(key)) this.limits.set(key, setTimeout(() => this.fire(key), LATEST));
  }

  /** It has been sent, or there is nothing left to send. */
  clear(key: Key): void {
    clearTimeout(this.pauses.get(key));
    clearTimeout(this.limits.get(key));
    this.pauses.delete(key);
    this.limits.delete(key);
  }

  /** Whether it is waiting for a pause. */
  run(key: Key): boolean {
    return this.pauses.has(key);
  }

  private fire(key: Key): void {
    this.clear(key);
    this.due(key);
  }
}
