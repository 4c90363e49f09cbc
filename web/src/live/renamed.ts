/** Which sections only have another name, when the outline has changed. Pure. */
import type { Document, SectionId } from "../types";

/**
 * Sections that have another name now: in a document from which exactly one has gone and to which
 * exactly one has come, at the same place.
 */
export function renamed(
  before: readonly Document[],
  after: readonly Document[],
): Map<SectionId, SectionId> {
  const found = new Map<SectionId, SectionId>();
  for (const old of before) {
    const now = after.find((document) => document.id === old.id);
    const [was, is] = [old.sections.map(({ id }) => id), now?.sections.map(({ id }) => id) ?? []];
    const [gone, ...moreGone] = was.filter((id) => !is.includes(id));
    const [come, ...moreCome] = is.filter((id) => !was.includes(id));
    if (!gone || !come || moreGone.length > 0 || moreCome.length > 0) continue;
    if (was.indexOf(gone) === is.indexOf(come)) found.set(gone, come);
  }
  return found;
}
