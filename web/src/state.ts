/**
 * What the page knows. Signals for the facts, pure functions for what follows from them; no
 * effects, no network.
 */
import { computed, signal } from "@preact/signals";
import { split } from "./names";
import type { Document, Section, SectionId, Session } from "./types";

/** How one section's text stands. */
export type Standing = "saved" | "unsaved" | "saving" | "conflict" | "vanished" | "refused";

export interface Status {
  standing: Standing;
  /** The server's sentence, where it refused. */
  sentence?: string;
}

/** The session or the lease is over. */
export interface Ended {
  code: string;
  sentence: string;
}

/** A text that was kept in this browser and has nowhere to go. */
export interface Stranded {
  /** What is gone: the section, or the whole project from this session's reach. */
  why: "section" | "project";
  /** Who wrote it; "" if that is not known. */
  writer: string;
  section: SectionId;
  content: string;
  at: number;
  /** Drops it for good. */
  discard(): void;
}

/** A section that could not be shown. */
export interface Problem {
  section: SectionId;
  sentence: string;
}

export const session = signal<Session | null>(null);
export const documents = signal<readonly Document[]>([]);
export const current = signal<SectionId | null>(null);
/** The section whose text is on screen; differs from `current` while that is being fetched. */
export const shown = signal<SectionId | null>(null);
export const statuses = signal<ReadonlyMap<SectionId, Status>>(new Map());
/** Words of the texts open in this page; the outline's numbers are the server's otherwise. */
export const liveWords = signal<ReadonlyMap<SectionId, number>>(new Map());
/** `null`: the server answers. Otherwise what it said about its trouble; "" if nothing. */
export const trouble = signal<string | null>(null);
export const ended = signal<Ended | null>(null);
export const problem = signal<Problem | null>(null);
/** Texts an earlier visit could not send, whose section or project is gone. */
export const stranded = signal<readonly Stranded[]>([]);
/** Whether this browser keeps drafts; without it the page must not promise it. */
export const keeps = signal(true);
export const cursor = signal({ line: 1, column: 1 });
/** What is open over the page, one thing at a time. */
export const panel = signal<
  "chooser" | "free-chooser" | "people" | "sign-up" | "projects" | "projects-outline" | "share" | null
>(null);
/** Which column a narrow screen shows. */
export const pane = signal<"outline" | "text">("text");
/** Said to screen readers. */
export const said = signal("");

/** Whether this page must leave the text alone: one may only read the project, or not even that. */
export const readOnly = computed(
  () => session.value?.role === "viewer" || ended.value?.code === "project_not_found",
);
/** Whether nothing can be saved from this page any more, or for now. */
export const isCutOff = (): boolean =>
  trouble.peek() !== null || ended.peek() !== null || readOnly.peek();
/** Whose project it is, if it is not one's own; `null` also while nobody knows. */
export const host = computed(() =>
  session.value && session.value.role !== "owner" ? session.value.owner : null,
);
export const currentSection = computed(() => findSection(documents.value, current.value));
export const saveLine = computed(() =>
  lineFor({
    statuses: statuses.value,
    current: current.value,
    trouble: trouble.value,
    ended: ended.value,
    readOnly: readOnly.value,
    keeps: keeps.value,
    label: (id) => findSection(documents.value, id)?.label ?? id,
  }),
);

export interface SaveLine {
  kind:
    | "saved"
    | "viewing"
    | "saving"
    | "unsaved"
    | "offline"
    | "conflict"
    | "vanished"
    | "refused"
    | "ended";
  words: string;
  /** The section it is about, when that is not the one on screen. */
  elsewhere: SectionId | null;
}

export interface SaveFacts {
  statuses: ReadonlyMap<SectionId, Status>;
  current: SectionId | null;
  trouble: string | null;
  ended: Ended | null;
  readOnly: boolean;
  keeps: boolean;
  label(id: SectionId): string;
}

/** The one line that says where the text is. The most pressing fact wins. */
export function lineFor(facts: SaveFacts): SaveLine {
  const kept = facts.keeps ? "kept in this browser" : "kept only in this tab";
  const Kept = facts.keeps ? "Kept in this browser" : "Kept only in this tab";
  const all = [...facts.statuses];
  const first = (standing: Standing) => {
    const found = all.filter(([, status]) => status.standing === standing);
    return found.find(([id]) => id === facts.current) ?? found[0];
  };
  const away = (id: SectionId) => (id === facts.current ? null : id);
  const open = all.some(([, status]) => status.standing !== "saved");

  if (facts.ended && open) {
    return { kind: "ended", words: `Not saved: ${kept}`, elsewhere: null };
  }
  if (facts.readOnly && !facts.ended) {
    if (!open) return { kind: "viewing", words: "View only", elsewhere: null };
    const left = all.filter(([, { standing }]) => standing !== "saved" && standing !== "saving");
    const [id] = left.find(([one]) => one === facts.current) ?? left[0] ?? [null];
    const words = `Not saved: you can only read this project now. ${Kept}.`;
    if (id !== null) return { kind: "refused", words, elsewhere: away(id) };
  }
  const conflict = first("conflict");
  if (conflict) {
    const elsewhere = away(conflict[0]);
    const where = elsewhere ? `${facts.label(elsewhere)} waits` : "Waiting";
    return { kind: "conflict", words: `${where} for your choice: your text is ${kept}`, elsewhere };
  }
  const vanished = first("vanished");
  if (vanished) {
    const words = `“${split(vanished[0])[1]}” is gone: your text is ${kept}`;
    return { kind: "vanished", words, elsewhere: away(vanished[0]) };
  }
  const refused = first("refused");
  if (refused) {
    const elsewhere = away(refused[0]);
    const where = elsewhere ? `${facts.label(elsewhere)}: ` : "";
    return { kind: "refused", words: `${where}${refused[1].sentence} ${Kept}.`, elsewhere };
  }
  if (facts.trouble !== null && open) {
    const words = facts.trouble
      ? `${facts.trouble} ${Kept}, will be sent.`
      : `Offline: ${kept}, will be sent`;
    return { kind: "offline", words, elsewhere: null };
  }
  if (first("saving")) return { kind: "saving", words: "Saving…", elsewhere: null };
  if (first("unsaved")) return { kind: "unsaved", words: "Unsaved…", elsewhere: null };
  return { kind: "saved", words: "Saved on disk", elsewhere: null };
}

/** Only this is worth interrupting a screen reader for; the rest comes and goes with each pause. */
export function worthSaying(before: SaveLine, after: SaveLine): string | null {
  const calm = (line: SaveLine) => ["saved", "viewing", "saving", "unsaved"].includes(line.kind);
  if (calm(after)) return !calm(before) && after.kind === "saved" ? after.words : null;
  return after.words === before.words ? null : after.words;
}

export function findSection(
  all: readonly Document[],
  id: SectionId | null,
): (Section & { document: Document }) | null {
  for (const document of all) {
    const section = document.sections.find((one) => one.id === id);
    if (section) return { ...section, document };
  }
  return null;
}

/** `map` with `key` set, or the same map if nothing changes (so that nothing is drawn again). */
export function withEntry<Value>(
  map: ReadonlyMap<SectionId, Value>,
  key: SectionId,
  value: Value,
  same: (a: Value, b: Value) => boolean = Object.is,
): ReadonlyMap<SectionId, Value> {
  const before = map.get(key);
  if (before !== undefined && same(before, value)) return map;
  return new Map(map).set(key, value);
}

/** `map` without `key`. */
export function withoutEntry<Value>(
  map: ReadonlyMap<SectionId, Value>,
  key: SectionId,
): ReadonlyMap<SectionId, Value> {
  if (!map.has(key)) return map;
  const next = new Map(map);
  next.delete(key);
  return next;
}
