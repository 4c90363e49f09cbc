/**
 * Who else is here, as the page knows it. Signals for the facts, pure functions for what follows
 * from them; `presence/join.ts` keeps them true.
 */
import { computed, signal } from "@preact/signals";
import type { Desk } from "./desk";
import { areNamed, bySection, withPerson } from "./presence/people";
import { active, enter, forget, typeOn, type Visit } from "./presence/visit";
import * as state from "./state";
import type { Person, PresenceState } from "./types";

/** Everybody the server knows to be here, usually oneself included. */
export const people = signal<readonly Person[]>([]);
/** Whether that is up to date: without a connection nothing is known. */
export const listed = signal(false);
/** Who one is on the live channel, which may lag behind the session for a moment. */
export const me = signal<number | null>(null);
/** What the others are told one does. */
export const ownState = signal<PresenceState>("viewing");
export const visit = signal<Visit>(enter(null));

const own = computed(() => me.value ?? state.session.value?.user_id ?? null);

export const others = computed(() => people.value.filter(({ user_id }) => user_id !== own.value));
export const othersBySection = computed(() => bySection(others.value));

/** Everybody, oneself as one is right now. */
export const online = computed<readonly Person[]>(() => {
  const session = state.session.value;
  if (!session) return others.value;
  return withPerson(others.value, {
    user_id: own.value ?? session.user_id,
    username: session.username,
    section: state.current.value,
    last_seen: "",
    avatar_color: session.avatar_color,
    state: ownState.value,
  });
});

export const isMe = (person: Person): boolean => person.user_id === own.value;

/** Others in the section one is in, at their keyboards. */
export const beside = computed(() => active(others.value, state.current.value));

/** What is said above the text on entering an occupied section; whoever only reads is in nobody's way. */
export const warning = computed<Warning | null>(() => {
  const stay = visit.value;
  if (!stay.occupied || stay.section !== state.current.value || state.readOnly.value) return null;
  return beside.value.length > 0 ? warningOf(beside.value) : null;
});

/** Those who have come to the section one is in. */
export const arrivals = computed<readonly Person[]>(() => {
  const { came, section } = visit.value;
  if (section !== state.current.value) return [];
  return beside.value.filter(({ user_id }) => came.includes(user_id));
});

export interface Warning {
  /** Whether somebody types there; otherwise they look on. */
  editing: boolean;
  words: string;
}

export function warningOf(here: readonly Person[]): Warning {
  const editing = here.filter((person) => person.state === "editing");
  if (editing.length > 0) return { editing: true, words: `${areNamed(editing)} editing this section` };
  return { editing: false, words: `${areNamed(here)} in this section` };
}

export const arrivalWords = (came: readonly Person[]): string =>
  `${areNamed(came, "has", "have")} come to this section`;

/** "Edit anyway". */
export function editAnyway(desk: Desk): void {
  visit.value = typeOn(visit.value);
  if (state.current.value) desk.open(state.current.value);
}

export function dismissArrivals(): void {
  visit.value = forget(visit.value);
}

/** Whether there is a section of theirs to go to. */
export const canFollow = (person: Person): boolean =>
  state.findSection(state.documents.value, person.section) !== null;

/** To where somebody is. */
export function follow(desk: Desk, person: Person): void {
  if (person.section === null || !canFollow(person)) return;
  // The list goes away with the choice: it must not keep the focus from the text.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  state.panel.value = null;
  desk.open(person.section);
}
