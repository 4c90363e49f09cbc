/** Finding a section by a few letters. */
import type { Document, Section } from "./types";

export interface Group {
  document: Document;
  sections: Section[];
}

/**
 * The sections in which every word of `query` occurs, in the label, the id or the document's
 * name; documents without a match are left out. An empty query finds everything.
 */
export function matching(documents: readonly Document[], query: string): Group[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return documents
    .map((document) => ({
      document,
      sections: document.sections.filter((section) => {
        const text = `${section.label} ${section.id} ${document.label}`.toLowerCase();
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter((group) => group.sections.length > 0);
}
