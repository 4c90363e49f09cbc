/**
 * What the others are told of oneself: the section, and whether one types, looks on, or is away.
 *
 * Said at once when it changes and, while one types, again every ten seconds, because the server
 * takes half a minute of silence for the end of the typing.
 */
import type { Whereabouts } from "../live/messages";
import type { PresenceState, SectionId } from "../types";

/** Milliseconds after the last key for which one counts as editing. */
const EDITING = 30_000;
/** Milliseconds without a key, a pointer or scrolling after which one counts as away. */
const AWAY = 5 * 60_000;
const RENEW = 10_000;

export interface Facts {
  /** When a key last changed the section's text; milliseconds. */
  typedAt: number;
  /** When there was last any sign of a person. */
  actedAt: number;
  isHidden: boolean;
  mayWrite: boolean;
}

export function stateAt({ typedAt, actedAt, isHidden, mayWrite }: Facts, now: number): PresenceState {
  if (isHidden || now - actedAt >= AWAY) return "idle";
  return mayWrite && now - typedAt < EDITING ? "editing" : "viewing";
}

/** When the state next changes if nothing happens; `null` if it then stays as it is. */
function nextChange(facts: Facts, now: number): number | null {
  const state = stateAt(facts, now);
  if (state === "idle") return null;
  return state === "editing" ? facts.typedAt + EDITING : facts.actedAt + AWAY;
}

export class OwnPlace {
  private section: SectionId | null = null;
  private readonly facts: Facts;
  private said: Whereabouts | null = null;
  private saidAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly say: (whereabouts: Whereabouts) => void) {
    const now = Date.now();
    this.facts = { typedAt: -Infinity, actedAt: now, isHidden: false, mayWrite: true };
  }

  /** As it is right now. */
  get now(): Whereabouts {
    return { section: this.section, state: stateAt(this.facts, Date.now()) };
  }

  /** Going into a section is not yet editing it. */
  enter(section: SectionId | null): void {
    if (section === this.section) return;
    this.section = section;
    this.facts.typedAt = -Infinity;
    this.acted();
    this.look();
  }

  typed(): void {
    this.facts.typedAt = this.facts.actedAt = Date.now();
    this.look();
    if (this.said?.state === "editing" && Date.now() - this.saidAt >= RENEW) this.repeat();
  }

  /** A key, a pointer, a wheel. Comes by the dozen, so it does next to nothing. */
  acted(): void {
    this.facts.actedAt = Date.now();
    if (this.said?.state === "idle") this.look();
  }

  hide(isHidden: boolean): void {
    this.facts.isHidden = isHidden;
    if (!isHidden) this.facts.actedAt = Date.now();
    this.look();
  }

  allow(mayWrite: boolean): void {
    this.facts.mayWrite = mayWrite;
    this.look();
  }

  /** Says it whether or not it has changed. */
  repeat(): void {
    this.said = this.now;
    this.saidAt = Date.now();
    this.say(this.said);
  }

  private look(): void {
    const { section, state } = this.now;
    if (section !== this.said?.section || state !== this.said.state) this.repeat();
    clearTimeout(this.timer);
    const next = nextChange(this.facts, Date.now());
    if (next !== null) this.timer = setTimeout(() => this.look(), Math.max(0, next - Date.now()));
  }
}
