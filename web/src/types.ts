/** The nouns the page and the server share. Mirrors the JSON of the HTTP API, field by field. */

/** `document/name`, e.g. `manuscript/abstract`. */
export type SectionId = string;

export interface Section {
  id: SectionId;
  label: string;
  /** Path below the project's `scitex/writer/`. */
  path: string;
  /** Whether the master file's `\input` line is live; `false` is "switched off". */
  included: boolean;
  /** Counted by the server with the rule of `words.ts`. */
  words: number;
}

export interface Document {
  /** `manuscript`, `shared`, `supplementary` or `revision`. */
  id: string;
  label: string;
  sections: Section[];
}

export interface Lease {
  slot: string;
  /** RFC 3339, UTC. */
  expires_at: string;
  seconds_left: number;
}

export interface Session {
  user_id: number;
  username: string;
  kind: "visitor" | "member";
  project_id: number;
  project: string;
  csrf_token: string;
  /** `null` for members: their work has no end. */
  lease: Lease | null;
}

/** A section's text as the server has it. `content` is byte for byte the file's. */
export interface Revision {
  content: string;
  version: number;
}

/** What a save answers; `content` only when the server merged somebody else's words in. */
export interface Written {
  version: number;
  merged: boolean;
  content?: string;
}

/** What `save-sections/` answers, keyed by section. */
export interface WrittenMany {
  versions: Record<SectionId, number>;
  merged?: Record<SectionId, string>;
}
