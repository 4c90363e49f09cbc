/**
 * The few lines the console says, in fixed words: operators and support people search for them.
 */
import { split } from "./names";
import type { SectionId, Session } from "./types";

export function logVisitor({ kind, username, project_id, project }: Session): void {
  if (kind !== "visitor") return;
  console.log(`[VisitorPool] ✓ Allocated: ${username}`);
  console.log(`[VisitorPool] Project ID: ${project_id}`);
  console.log(`[VisitorPool] Project: ${project}`);
}

export function logLoading(username: string, id: SectionId): void {
  console.log(`[${username}] [Writer] Loading section content: ${id}`);
}

/** One line a document. */
export function logSaving(username: string, ids: readonly SectionId[]): void {
  for (const line of savingLines(username, ids)) console.log(line);
}

export function savingLines(username: string, ids: readonly SectionId[]): string[] {
  const counts = new Map<string, number>();
  for (const id of ids) {
    const [document] = split(id);
    counts.set(document, (counts.get(document) ?? 0) + 1);
  }
  return [...counts].map(([document, count]) => {
    const what = count === 1 ? "1 section" : `${count} sections`;
    return `[${username}] [Writer] Saving ${what} for ${document}`;
  });
}
