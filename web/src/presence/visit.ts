/**
 * One stay in a section, and what is to be said about the others in it. Pure transitions.
 *
 * Who is already there is told on entering, with a choice, until one types or decides. Who comes
 * later is told in a quiet line. Nobody is told of twice.
 */
import type { Person, SectionId } from "../types";

/** Milliseconds within which somebody who went and came back (a reload, a lost network) is no news. */
const BACK = 60_000;

export interface Visit {
  readonly section: SectionId | null;
  /** Whether it is known yet who is there. */
  readonly informed: boolean;
  /** Whether one has typed in it. */
  readonly typed: boolean;
  /** Whether there is something to choose: the section was occupied on entering. */
  readonly occupied: boolean;
  /** The others that are here, by user id. */
  readonly here: readonly number[];
  /** When each was last here. */
  readonly known: ReadonlyMap<number, number>;
  /** Those who came during this visit and are told of in the quiet line. */
  readonly came: readonly number[];
  /** Those who came with the latest step. */
  readonly news: readonly number[];
}

export function enter(section: SectionId | null): Visit {
  return {
    section,
    informed: false,
    typed: false,
    occupied: false,
    here: [],
    known: new Map(),
    came: [],
    news: [],
  };
}

/** The others who are in the section just now, at their keyboards. */
export function active(people: readonly Person[], section: SectionId | null): readonly Person[] {
  return people.filter((person) => person.section === section && person.state !== "idle");
}

/** Takes in who is there now; `here` are the ids of the active ones. */
export function see(visit: Visit, here: readonly number[], now: number): Visit {
  const known = new Map(visit.known);
  const isNews = (user: number) => now - (known.get(user) ?? -Infinity) > BACK;
  // Until now they were here: the minute counts from their going, not from their coming.
  for (const user of visit.here) known.set(user, now);
  const news = here.filter(isNews);
  for (const user of here) known.set(user, now);
  const occupied = visit.informed ? visit.occupied : !visit.typed;
  const asking = occupied && here.length > 0;
  const still = visit.came.filter((user) => here.includes(user) && !news.includes(user));
  const same = news.length === 0 && still.length === visit.came.length;
  const came = asking ? [] : same ? visit.came : [...still, ...news];
  return { ...visit, informed: true, occupied: asking, here, known, came, news };
}

/** The section is called otherwise now; it is the same stay. */
export function rename(visit: Visit, from: SectionId, to: SectionId): Visit {
  return visit.section === from ? { ...visit, section: to } : visit;
}

/** "Edit anyway", in words or by doing it. */
export function typeOn(visit: Visit): Visit {
  return visit.typed && !visit.occupied ? visit : { ...visit, typed: true, occupied: false };
}

/** The quiet line has been up long enough, or was sent away. */
export function forget(visit: Visit): Visit {
  return visit.came.length === 0 ? visit : { ...visit, came: [] };
}
