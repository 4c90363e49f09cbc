/**
 * What earlier pages of this browser could not send: which of it this page takes up, and which has
 * nowhere to go and is offered to the writer instead. Never dropped silently.
 */
import { Refusal } from "./api";
import type { Draft, Drafts } from "./drafts";
import * as state from "./state";
import type { SectionId } from "./types";

/** The drafts nobody is at work on any more, the newest of each section. */
export function strays(drafts: readonly Draft[], alive: ReadonlySet<string>): Map<SectionId, Draft> {
  const found = new Map<SectionId, Draft>();
  for (const draft of drafts) {
    if (!alive.has(draft.tab) && !found.has(draft.section)) found.set(draft.section, draft);
  }
  return found;
}

/**
 * Those of other projects that can never be sent from this session: the server says there is no
 * such project for it. `ask` is for one project; no answer leaves the question for the next visit.
 * One that a tab is still at work on is that tab's, unless its own time is over.
 */
export async function outOfReach(
  drafts: readonly Draft[],
  alive: ReadonlySet<string>,
  ask: (project: number) => Promise<unknown>,
): Promise<Draft[]> {
  const left = drafts.filter((draft) => draft.stranded || !alive.has(draft.tab));
  const lost = new Set<number>();
  for (const project of new Set(left.map((draft) => draft.project))) {
    await ask(project).catch((problem: unknown) => {
      if (problem instanceof Refusal && problem.code === "project_not_found") lost.add(project);
    });
  }
  return left.filter((draft) => lost.has(draft.project));
}

/** Puts these before the writer, one at a time. */
export function offer(found: readonly Draft[], why: state.Stranded["why"], drafts: Drafts): void {
  const more = found.map((draft) => ({
    why,
    writer: draft.stranded ?? draft.by ?? "",
    section: draft.section,
    content: draft.content,
    at: draft.at,
    discard() {
      state.stranded.value = state.stranded.value.filter((one) => one !== this);
      drafts.remove(draft).catch(() => {});
    },
  }));
  state.stranded.value = [...state.stranded.value, ...more];
}
