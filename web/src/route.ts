/** The page's address and the section it names: `#manuscript/abstract`. */
import type { SectionId } from "./types";

/** What the server takes for a section: a person may have named one by hand in a master file. */
const SECTION = /^#([a-z]+\/[A-Za-z0-9_][A-Za-z0-9_.-]*)$/;

export function sectionOfHash(hash: string): SectionId | null {
  return SECTION.exec(hash)?.[1] ?? null;
}

export function hashOf(id: SectionId): string {
  return `#${id}`;
}

const key = (project: number) => `scitex-writer:section:${project}`;

/** The section last open in this project, so that coming back is coming back to it. */
export function lastSection(project: number): SectionId | null {
  try {
    return localStorage.getItem(key(project));
  } catch {
    return null;
  }
}

export function rememberSection(project: number, id: SectionId): void {
  try {
    localStorage.setItem(key(project), id);
  } catch {
    // A browser that keeps nothing opens the first section instead.
  }
}
