/** What a failed save means for the page. Pure: one table from error to consequence. */
import { Refusal, Unreachable } from "../api";
import type { Revision, SectionId } from "../types";

export type Outcome =
  /** Try again later; `sentence` is the server's, if it said anything. */
  | { kind: "later"; sentence: string | null }
  /** The session or the lease is over, or the project is out of reach: no more saving here. */
  | { kind: "ended"; code: string; sentence: string }
  /** One has become a viewer of this project: no more saving until that changes. */
  | { kind: "read-only" }
  /** Somebody else changed these at the same place. */
  | { kind: "conflict"; others: Record<SectionId, Revision> }
  /** There is no such section (any more). */
  | { kind: "vanished"; sentence: string }
  /** This text is not taken; another one may be. */
  | { kind: "refused"; sentence: string };

const OVER = new Set(["session_expired", "lease_expired", "project_not_found"]);

/** `only` is the section the save was about, if it was about one. */
export function outcomeOf(problem: unknown, only: SectionId | null): Outcome {
  if (problem instanceof Unreachable) return { kind: "later", sentence: null };
  if (!(problem instanceof Refusal)) {
    // A mistake of ours. The text must not be lost to it: treat it as "not saved yet".
    console.error(problem);
    return { kind: "later", sentence: null };
  }
  const { status, code, message, body } = problem;
  if (status === 401 || OVER.has(code)) return { kind: "ended", code, sentence: message };
  if (code === "read_only") return { kind: "read-only" };
  if (status === 409 && code === "conflict") {
    if (only) return { kind: "conflict", others: { [only]: body as unknown as Revision } };
    const others = (body["conflicts"] ?? {}) as Record<SectionId, Revision>;
    return { kind: "conflict", others };
  }
  if (code === "section_not_found") return { kind: "vanished", sentence: message };
  // 408 and 429 are the server asking for patience.
  if (status >= 500 || status === 408 || status === 429) {
    return { kind: "later", sentence: message };
  }
  return { kind: "refused", sentence: message };
}
