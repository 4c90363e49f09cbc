/** The chooser's lists: as the outline has them, or with the sections nobody is in first. Pure. */
import type { Group } from "../filter";
import type { Person, Section } from "../types";
import { placeName } from "./people";

export interface Choice {
  id: string;
  label: string;
  sections: Section[];
}

export function byDocument(groups: readonly Group[]): Choice[] {
  return groups.map(({ document: { id, label }, sections }) => ({ id, label, sections }));
}

/** Those in which others are at work come last, under a heading of their own, with their document. */
export function freeFirst(groups: readonly Group[], others: readonly Person[]): Choice[] {
  const taken = new Set(others.filter(({ state }) => state !== "idle").map(({ section }) => section));
  const documents = groups.map(({ document }) => document);
  const occupied = groups
    .flatMap(({ sections }) => sections)
    .filter(({ id }) => taken.has(id))
    .map((section) => ({ ...section, label: placeName(documents, section.id) }));
  const free = byDocument(groups).map((choice) => ({
    ...choice,
    sections: choice.sections.filter(({ id }) => !taken.has(id)),
  }));
  const last = { id: "occupied", label: "Somebody is in these", sections: occupied };
  return [...free, last].filter(({ sections }) => sections.length > 0);
}
