/** Adding, renaming, moving, switching and deleting sections: the server does it, the page follows. */
import * as api from "./api";
import { tried, type Done } from "./asking";
import { PATIENCE, type Desk } from "./desk";
import { split } from "./names";
import { visit } from "./presence";
import { rename as renameVisit } from "./presence/visit";
import { hashOf } from "./route";
import * as state from "./state";
import type { SectionText } from "./texts/section-text";
import type { Section, SectionId } from "./types";

/** Fetches the outline anew. */
export async function reload(desk: Desk): Promise<void> {
  state.documents.value = await api.documents(desk.project);
}

export function add(desk: Desk, document: string, name: string): Done {
  return tried(async () => {
    const section = await api.addSection(desk.project, document, name);
    await reload(desk);
    // There before it is shown, so that the first keystroke finds it.
    await desk.shelf.load(section.id);
    desk.open(section.id);
  });
}

/** What is typed during the renaming goes with the text to its new name. */
export function rename(desk: Desk, section: Section, name: string): Done {
  return tried(async () => {
    await desk.saving.settle(PATIENCE);
    await desk.saving.hold(async () => {
      const renamed = await api.changeSection(desk.project, section.id, { name });
      desk.shelf.rename(section.id, renamed.id);
      follow(section.id, renamed.id);
    });
    await reload(desk);
  });
}

/** The signals that are kept by id. */
export function follow(from: SectionId, to: SectionId): void {
  visit.value = renameVisit(visit.value, from, to);
  const status = state.statuses.value.get(from);
  state.statuses.value = state.withoutEntry(state.statuses.value, from);
  if (status) state.statuses.value = state.withEntry(state.statuses.value, to, status);
  const words = state.liveWords.value.get(from);
  state.liveWords.value = state.withoutEntry(state.liveWords.value, from);
  if (words !== undefined) state.liveWords.value = state.withEntry(state.liveWords.value, to, words);
  if (state.shown.value === from) state.shown.value = to;
  if (state.current.value !== from) return;
  state.current.value = to;
  history.replaceState(null, "", hashOf(to));
}

export function move(desk: Desk, section: Section, position: number): Done {
  return tried(async () => {
    await api.changeSection(desk.project, section.id, { position });
    await reload(desk);
  });
}

export function switchOn(desk: Desk, section: Section, included: boolean): Done {
  return tried(async () => {
    await api.changeSection(desk.project, section.id, { included });
    await reload(desk);
  });
}

export function remove(desk: Desk, section: Section): Done {
  return tried(async () => {
    await desk.saving.settle(PATIENCE);
    await api.deleteSection(desk.project, section.id);
    const neighbour = nextTo(section.id);
    const text = desk.shelf.get(section.id);
    if (text) desk.saving.forget(text);
    desk.shelf.remove(section.id);
    await reload(desk);
    if (state.current.value === section.id && neighbour) desk.open(neighbour, "replace");
  });
}

/** A section that somebody deleted or renamed while it was typed in is there again, with its text. */
export function addAgain(desk: Desk, text: SectionText): Done {
  return tried(async () => {
    const [document, name] = split(text.id);
    await desk.saving.hold(async () => {
      try {
        await api.addSection(desk.project, document, name);
        text.revive(await api.readSection(desk.project, text.id));
      } catch (problem) {
        // Somebody else was quicker: then this is an ordinary save, and merged like one.
        if (!(problem instanceof api.Refusal && problem.code === "section_exists")) throw problem;
      }
    });
    desk.saving.touched(text);
    desk.saving.retry();
    await reload(desk);
  });
}

/** A section for a text that an earlier page left behind. */
export function addWith(desk: Desk, left: state.Stranded): Done {
  return tried(async () => {
    const [document, name] = split(left.section);
    const { id } = await api.addSection(desk.project, document, name);
    await reload(desk);
    const text = await desk.shelf.load(id);
    text.adopt({ content: left.content, version: text.version });
    desk.saving.touched(text);
    desk.open(id);
    await desk.settle(); // by then it is saved, or has a draft of its own
    left.discard();
  });
}

/** Puts what an earlier page left behind into the section on screen. */
export function insertHere(desk: Desk, left: state.Stranded): Done {
  return tried(async () => {
    desk.insert(left.content);
    await desk.settle(); // as above
    left.discard();
  });
}

/** The writer does not want what was typed in a section that is gone. */
export function letGo(desk: Desk, text: SectionText): Done {
  return tried(async () => {
    desk.saving.forget(text);
    desk.shelf.remove(text.id);
    const first = nextTo(text.id);
    if (state.current.value === text.id && first) desk.open(first, "replace");
    await reload(desk);
  });
}

/** What was typed and cannot be sent is let go: the section is shown as the server has it. */
export function showSaved(desk: Desk, text: SectionText): Done {
  return tried(async () => {
    const { id } = text;
    await api.readSection(desk.project, id); // without an answer nothing is given up
    desk.saving.forget(text);
    desk.shelf.remove(id);
    await desk.fetch(id);
  });
}

/** The section after this one in its document, or before it, or the first of all. */
export function nextTo(id: SectionId): SectionId | null {
  const documents = state.documents.value.map((document) => document.sections);
  const own = documents.find((sections) => sections.some((section) => section.id === id)) ?? [];
  const at = own.findIndex((section) => section.id === id);
  const others = documents.flat().filter((section) => section.id !== id);
  return (own[at + 1] ?? own[at - 1] ?? others[0])?.id ?? null;
}
