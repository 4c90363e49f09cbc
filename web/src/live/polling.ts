/**
 * The same by plain requests, where sockets do not get through: says where one is every half
 * minute and at once when it changes, and asks who is there every few seconds.
 */
import type { Person } from "../types";
import type { Whereabouts } from "./messages";

/** Milliseconds. */
const UPDATE_EVERY = 30_000;
const LIST_EVERY = 5_000;
/** For a tab nobody looks at. */
const LIST_HIDDEN = 30_000;
/** After failures; a server that is down is not asked more often than this. */
const LONGEST = 30_000;

export interface Surroundings {
  update(whereabouts: Whereabouts): Promise<unknown>;
  list(): Promise<Person[]>;
  isHidden(): boolean;
  onPeople(people: Person[]): void;
  onFailure(problem: unknown): void;
}

export class Polling {
  private running = false;
  private said: Whereabouts = { section: null, state: "viewing" };
  private failures = 0;
  private updating = false;
  private listing = false;
  /** Something changed while the last update was under way. */
  private stale = false;
  private updateTimer: ReturnType<typeof setTimeout> | undefined;
  private listTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly around: Surroundings) {}

  start(whereabouts: Whereabouts): void {
    if (this.running) return;
    this.running = true;
    this.failures = 0;
    this.said = whereabouts;
    // First the one, so that one is on the other.
    void this.update().then(() => this.list());
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.updateTimer);
    clearTimeout(this.listTimer);
  }

  say(whereabouts: Whereabouts): void {
    this.said = whereabouts;
    if (!this.running) return;
    if (this.updating) this.stale = true;
    else void this.update();
  }

  /** The tab is looked at again. */
  look(): void {
    if (this.running) void this.list();
  }

  private async update(): Promise<void> {
    clearTimeout(this.updateTimer);
    this.updating = true;
    await this.attempt(() => this.around.update(this.said));
    this.updating = false;
    if (!this.running) return;
    if (this.stale) {
      this.stale = false;
      return this.update();
    }
    this.updateTimer = setTimeout(() => void this.update(), UPDATE_EVERY);
  }

  private async list(): Promise<void> {
    if (this.listing) return;
    clearTimeout(this.listTimer);
    this.listing = true;
    await this.attempt(async () => {
      const people = await this.around.list();
      if (this.running) this.around.onPeople(people);
    });
    this.listing = false;
    if (!this.running) return;
    const pause = this.around.isHidden() ? LIST_HIDDEN : LIST_EVERY;
    const patience = Math.min(Math.max(pause, LIST_EVERY * 2 ** (this.failures - 1)), LONGEST);
    this.listTimer = setTimeout(() => void this.list(), patience);
  }

  private async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.failures = 0;
    } catch (problem) {
      this.failures++;
      if (this.running) this.around.onFailure(problem);
    }
  }
}
