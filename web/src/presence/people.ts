/** Who is here, as a list; and how people and places are called. Pure. */
import { split } from "../names";
import type { Document, Person, SectionId } from "../types";

/** `people` with this one as they are now; by name, as the server lists them. */
export function withPerson(people: readonly Person[], person: Person): readonly Person[] {
  const others = people.filter((one) => one.user_id !== person.user_id);
  return [...others, person].sort(byName);
}

export function withoutPerson(people: readonly Person[], user: number): readonly Person[] {
  return people.some((one) => one.user_id === user)
    ? people.filter((one) => one.user_id !== user)
    : people;
}

export const byName = (a: Person, b: Person): number =>
  a.username < b.username ? -1 : Number(a.username > b.username);

/** People by the section they are in. */
export function bySection(people: readonly Person[]): ReadonlyMap<SectionId, readonly Person[]> {
  const found = new Map<SectionId, Person[]>();
  for (const person of people) {
    if (person.section === null) continue;
    const there = found.get(person.section);
    if (there) there.push(person);
    else found.set(person.section, [person]);
  }
  return found;
}

/** Two letters for a small round: `al` of alice, `ab` of anna-berg, `15` of visitor-015. */
export function initials(username: string): string {
  const visitor = /^visitor-0*(\d+)$/.exec(username)?.[1];
  if (visitor) return visitor.slice(-2).padStart(2, "0");
  const [first = "", second] = username.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = second ? [...first].slice(0, 1).concat([...second].slice(0, 1)) : [...first].slice(0, 2);
  return letters.join("").toLocaleUpperCase("en");
}

/**
 * What a section is called where its document is not said: the first of that name by its label
 * alone, as people do with the manuscript's; others with their document.
 */
export function placeName(documents: readonly Document[], id: SectionId): string {
  const taken = new Set<string>();
  for (const document of documents) {
    for (const section of document.sections) {
      if (section.id === id) {
        return taken.has(section.label) ? `${section.label}, ${document.label}` : section.label;
      }
    }
    for (const { label } of document.sections) taken.add(label);
  }
  return split(id)[1];
}

/** `alice, editing Abstract`. */
export function describe(person: Person, documents: readonly Document[]): string {
  const { username, section, state } = person;
  if (section === null) return `${username}, ${state}`;
  const place = placeName(documents, section);
  return `${username}, ${state === "editing" ? "editing" : `${state} in`} ${place}`;
}

/** `alice is`, `alice and bob are`, `alice and 2 others are`. */
export function areNamed(people: readonly Person[], one = "is", several = "are"): string {
  const [first, second] = people.map((person) => person.username);
  if (second === undefined) return `${first} ${one}`;
  const rest = people.length - 1;
  return `${first} and ${rest === 1 ? second : `${rest} others`} ${several}`;
}
